//! Three-valued truth: what is unreadable is neither true nor false.

use std::ops::Not;

/// A claim that may hang on something unreadable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tri {
    /// It does not hold, however the unreadable turns out.
    #[default]
    No,
    /// It depends.
    Maybe,
    /// It holds, however the unreadable turns out.
    Yes,
}

impl Tri {
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether it may hold.
    pub(crate) fn possible(self) -> bool {
        self != Self::No
    }

    /// Whether it holds for certain.
    pub(crate) fn certain(self) -> bool {
        self == Self::Yes
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}
