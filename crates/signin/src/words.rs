//! Closed enumerations and their words.

/// Lists the words of a closed enumeration once: variant, word, what it is.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal, $what:literal;)* }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name {
            $(#[doc = $what] #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, the most ordinary first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its word, as in Graph and in our documents.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of that word, in any case; `None` for a word that this version does not
            /// know.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word().eq_ignore_ascii_case(word))
            }
        }
    };
}
