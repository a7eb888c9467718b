//! A provider's logo: a picture from outside, shown as a picture and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The largest file, in bytes: the executive scorecard stays below 300,000.
const LARGEST: usize = 120_000;

/// A logo. In HTML it is an image by data address, where an SVG can neither run a script nor ask
/// for anything outside; in PDF a PNG is drawn and an SVG gives way to the provider's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Svg,
}

/// A file that cannot be a logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// Neither PNG nor SVG.
    #[error("the logo is neither a PNG nor an SVG file")]
    Kind,
    /// Too large.
    #[error("the logo has {0} bytes; at most 120,000 are accepted")]
    Size(usize),
}

impl Logo {
    /// A logo from the bytes of a PNG or SVG file.
    ///
    /// # Errors
    ///
    /// [`LogoError`] for any other file, or a large one.
    pub fn read(bytes: &[u8]) -> Result<Self, LogoError> {
        if bytes.len() > LARGEST {
            return Err(LogoError::Size(bytes.len()));
        }
        let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Kind::Png
        } else if std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg")) {
            Kind::Svg
        } else {
            return Err(LogoError::Kind);
        };
        Ok(Self { kind, bytes: bytes.to_vec() })
    }

    /// The picture as an address for HTML.
    pub(crate) fn data_address(&self) -> String {
        let kind = match self.kind {
            Kind::Png => "image/png",
            Kind::Svg => "image/svg+xml",
        };
        format!("data:{kind};base64,{}", STANDARD.encode(&self.bytes))
    }

    /// The PNG file; `None` for an SVG.
    pub(crate) fn png(&self) -> Option<&[u8]> {
        (self.kind == Kind::Png).then_some(&self.bytes)
    }
}
