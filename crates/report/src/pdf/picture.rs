//! A PNG picture as a PDF holds it: colors and, where it has any, transparency beside them.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

/// The most pixels: more than a logo needs on paper, and no bomb.
const MOST: usize = 4_000_000;

/// A picture without compression.
pub(super) struct Picture {
    width: u32,
    height: u32,
    /// Three bytes a pixel.
    colors: Vec<u8>,
    /// One byte a pixel; `None`: all of it is opaque.
    alpha: Option<Vec<u8>>,
}

impl Picture {
    /// The picture in a PNG file; `None` for one that is damaged or too large.
    pub(super) fn read(file: &[u8]) -> Option<Self> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width, reader.info().height);
        let pixels = usize::try_from(width).ok()?.checked_mul(usize::try_from(height).ok()?)?;
        if pixels == 0 || pixels > MOST {
            return None;
        }
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut bytes).ok()?;
        bytes.truncate(frame.buffer_size());
        let (colors, alpha) = match frame.color_type {
            png::ColorType::Rgb => (bytes, None),
            png::ColorType::Grayscale => (bytes.iter().flat_map(|it| [*it; 3]).collect(), None),
            png::ColorType::Rgba => split(&bytes, 4),
            png::ColorType::GrayscaleAlpha => split(&bytes, 2),
            png::ColorType::Indexed => return None,
        };
        Some(Self { width, height, colors, alpha })
    }

    /// Width and height; what counts is how they compare.
    #[expect(clippy::cast_precision_loss, reason = "a logo has far less than 2^23 pixels")]
    pub(super) fn size(&self) -> (f32, f32) {
        (self.width as f32, self.height as f32)
    }

    /// Puts the picture into a document.
    pub(super) fn put(&self, document: &mut Document) -> ObjectId {
        let image = |space: &str| {
            Dictionary::from_iter([
                ("Type", Object::Name(b"XObject".to_vec())),
                ("Subtype", Object::Name(b"Image".to_vec())),
                ("Width", i64::from(self.width).into()),
                ("Height", i64::from(self.height).into()),
                ("ColorSpace", Object::Name(space.as_bytes().to_vec())),
                ("BitsPerComponent", 8.into()),
            ])
        };
        let mut colors = image("DeviceRGB");
        if let Some(alpha) = &self.alpha {
            let mask = document.add_object(Stream::new(image("DeviceGray"), alpha.clone()));
            colors.set("SMask", Object::Reference(mask));
        }
        document.add_object(Stream::new(colors, self.colors.clone()))
    }
}

/// Pixels of `size` bytes, the last of them the alpha, as colors and alpha.
fn split(bytes: &[u8], size: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut colors = Vec::with_capacity(bytes.len());
    let mut alphas = Vec::with_capacity(bytes.len() / size);
    for pixel in bytes.chunks_exact(size) {
        match pixel {
            [red, green, blue, alpha] => {
                colors.extend([red, green, blue]);
                alphas.push(*alpha);
            }
            [gray, alpha] => {
                colors.extend([*gray; 3]);
                alphas.push(*alpha);
            }
            _ => {}
        }
    }
    (colors, Some(alphas))
}
