//! What images, documents and sounds are billed as, by each provider's rule.

use crate::chat::ImageUrl;
use crate::provider::DataUrl;

/// How a provider turns the size of an image into tokens.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Fitted into 2048 pixels square, the short side scaled down to 768, then cut
    /// into tiles of 512 pixels.
    Tiles {
        /// For the image as a whole.
        base: u32,
        /// For each tile.
        tile: u32,
    },
    /// Cut into squares of 32 pixels, each of so many 64ths of a token.
    Patches(u32),
    /// A token for so many pixels.
    Area(u32),
    /// Small ones once, large ones once for each crop of 256 to 768 pixels.
    Crops(u32),
    /// The same for every image.
    Fixed(u32),
}

/// Images of a family of models.
#[derive(Clone, Copy, Debug)]
pub struct Images {
    /// How the size counts.
    pub rule: Rule,
    /// What `detail: "low"` costs; 0 where there is no such thing.
    pub low: u32,
    /// The most that any image costs.
    pub most: u32,
}

/// What is assumed of an image whose size is unknown.
const UNKNOWN: (u32, u32) = (2048, 2048);

impl Images {
    /// Tokens of an image: by its size where the address holds the image itself.
    pub(super) fn tokens(&self, image: &ImageUrl) -> u32 {
        if self.low > 0 && image.detail.as_deref() == Some("low") {
            return self.low;
        }
        let size = match DataUrl::parse(&image.url) {
            Some(data) => Data(data.base64.as_bytes()).size(),
            None => (0, 0),
        };
        let known = size.0 > 0 && size.1 > 0;
        self.rule
            .tokens(if known { size } else { UNKNOWN })
            .min(self.most)
    }
}

impl Rule {
    fn tokens(self, (width, height): (u32, u32)) -> u32 {
        // Far above every provider's limit, and products of two fit.
        let (width, height) = (width.clamp(1, 0xffff), height.clamp(1, 0xffff));
        let squares = |side: u32| width.div_ceil(side) * height.div_ceil(side);
        match self {
            Self::Tiles { base, tile } => base + tile * tiles(width, height),
            Self::Patches(each) => squares(32).saturating_mul(each) / 64,
            Self::Area(pixels) => width.saturating_mul(height) / pixels.max(1),
            Self::Crops(each) if width <= 384 && height <= 384 => each,
            Self::Crops(each) => squares((width.min(height) * 2 / 3).clamp(256, 768)) * each,
            Self::Fixed(tokens) => tokens,
        }
    }
}

fn tiles(width: u32, height: u32) -> u32 {
    let (mut long, mut short) = (width.max(height), width.min(height));
    if long > 2048 {
        (short, long) = (short * 2048 / long, 2048);
    }
    if short > 768 {
        (long, short) = (long * 768 / short, 768);
    }
    long.div_ceil(512) * short.div_ceil(512).max(1)
}

/// Base64 read at any place without decoding what lies before. What is not there
/// reads as 0, and a size of 0 as unknown.
struct Data<'a>(&'a [u8]);

impl Data<'_> {
    #[inline(never)]
    fn byte(&self, at: usize) -> u32 {
        let (group, place) = (at / 3 * 4, at % 3);
        let pair = self.digit(group + place) << 6 | self.digit(group + place + 1);
        pair >> (4 - 2 * place) & 0xff
    }

    fn digit(&self, at: usize) -> u32 {
        let byte = self.0.get(at).copied().unwrap_or(b'A');
        u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        })
    }

    /// Two bytes as a number, the more telling one first.
    fn big(&self, at: usize) -> u32 {
        self.byte(at) << 8 | self.byte(at + 1)
    }

    /// … the less telling one first.
    fn little(&self, at: usize) -> u32 {
        self.byte(at + 1) << 8 | self.byte(at)
    }

    /// Width and height from the header of a PNG, GIF, WebP or JPEG.
    #[inline(never)]
    fn size(&self) -> (u32, u32) {
        match (self.byte(0) as u8, self.byte(15) as u8) {
            // Four bytes each, of which two hold all that providers take.
            (0x89, _) => (self.big(18), self.big(22)),
            (b'G', _) => (self.little(6), self.little(8)),
            // Of WebP the first chunk is one of three.
            (b'R', b'X') => (self.little(24) + 1, self.little(27) + 1),
            (b'R', b'L') => {
                let bits = self.little(23) << 16 | self.little(21);
                ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
            }
            (b'R', _) => (self.little(26) & 0x3fff, self.little(28) & 0x3fff),
            (0xff, _) => self.jpeg(),
            _ => (0, 0),
        }
    }

    /// Segment by segment to the first that starts a frame.
    fn jpeg(&self) -> (u32, u32) {
        let mut at = 2;
        while at < self.0.len() {
            match self.byte(at + 1) {
                // Filled up.
                0xff => at += 1,
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    return (self.big(at + 7), self.big(at + 5));
                }
                _ => at += 2 + self.big(at + 2) as usize,
            }
        }
        (0, 0)
    }
}

/// Seconds of a sound: a WAV file says how many bytes make one; for anything else
/// 64 kbit/s are assumed, usual for speech.
pub(super) fn seconds(base64: &str) -> u64 {
    let data = Data(base64.as_bytes());
    let rate = match data.little(28) | data.little(30) << 16 {
        rate if rate > 0 && data.byte(0) == u32::from(b'R') => rate,
        _ => 8_000,
    };
    length(base64).div_ceil(u64::from(rate))
}

/// Bytes of base64 text once decoded.
pub(super) fn length(base64: &str) -> u64 {
    base64.len() as u64 / 4 * 3 + 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_stands_in_the_header() {
        let cases = [
            (
                "PNG",
                "iVBORw0KGgoAAAANSUhEUgAABAAAAAJYCAYAAAA=",
                (1024, 600),
            ),
            ("GIF", "R0lGODlhQAHIAAAAAA==", (320, 200)),
            (
                "WebP lossy",
                "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASomAnBBAAA=",
                (550, 368),
            ),
            (
                "WebP lossless",
                "UklGRiQAAABXRUJQVlA4TBgAAAAvjwFLAAA=",
                (400, 301),
            ),
            (
                "WebP extended",
                "UklGRiQAAABXRUJQVlA4WAoAAAAQAAAAzwcA2wUA",
                (2000, 1500),
            ),
            (
                "progressive JPEG behind other segments",
                "/9j/4AAQSkZJRgABAQAAAQABAAD/xAAEYWL//8IAEQgB4AKAAw==",
                (640, 480),
            ),
            ("cut PNG", "iVBORw0KGgoAAAANSUhEUgAABAA=", (1024, 0)),
            ("no image", "SGVsbG8gdGhlcmU=", (0, 0)),
        ];
        for (name, base64, expected) in cases {
            assert_eq!(Data(base64.as_bytes()).size(), expected, "{name}");
        }
    }

    #[test]
    fn documented_examples_cost_what_is_documented() {
        let tiles = Rule::Tiles {
            base: 85,
            tile: 170,
        };
        let cases = [
            (tiles, (1024, 1024), 765),
            (tiles, (2048, 4096), 1105),
            (tiles, (1, 1), 255),
            (Rule::Patches(64), (1024, 1024), 1024),
            (Rule::Area(750), (200, 200), 53),
            (Rule::Area(750), (1092, 1092), 1589),
            (Rule::Crops(258), (384, 384), 258),
            (Rule::Crops(258), (960, 540), 6 * 258),
            (Rule::Fixed(600), (9, 9), 600),
        ];
        for (rule, size, expected) in cases {
            assert_eq!(rule.tokens(size), expected, "{rule:?} {size:?}");
        }
    }

    #[test]
    fn no_size_overflows() {
        for size in [(0, 0), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
            let rules = [
                Rule::Tiles {
                    base: 2833,
                    tile: 5667,
                },
                Rule::Patches(158),
                Rule::Area(750),
                Rule::Crops(258),
            ];
            for rule in rules {
                assert!(rule.tokens(size) < u32::MAX, "{rule:?} {size:?}");
            }
        }
    }

    #[test]
    fn a_sound_lasts_what_its_header_says() {
        // 16,000 samples of two bytes: 32,000 bytes a second.
        let head = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQAAAAA=";
        let second = "A".repeat(32_000 / 3 * 4);
        assert_eq!(seconds(&[head, &second].concat()), 2);
        assert_eq!(seconds(&"A".repeat(60_000 / 3 * 4)), 8);
        assert_eq!(seconds(""), 1);
    }
}
