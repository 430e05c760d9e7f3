//! Following a chunked body to its end, so that the next head is looked for where it begins and nowhere else.

/// Bytes that the line before a chunk may have, and all lines after the last one together.
const LINE: usize = 256;

/// Where in a chunked body the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// The line with a chunk's size: what was read of it, how many bytes it has had, whether only what we ignore follows.
    Size { size: u64, bytes: usize, ignored: bool },
    /// The line feed of that line.
    SizeEnd(u64),
    /// So many bytes of a chunk.
    Data(u64),
    /// The carriage return behind them.
    DataCr,
    /// The line feed behind them.
    DataLf,
    /// Lines behind the last chunk: bytes so far, and bytes of this line.
    Trailer { bytes: usize, line: usize },
    /// The line feed of such a line, or of the empty one that ends the body.
    TrailerEnd { bytes: usize, line: usize },
    /// The body is over.
    Over,
}

/// A body that is not chunked as RFC 9112 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl Chunks {
    /// The beginning of a body.
    pub const START: Self = Self::Size { size: 0, bytes: 0, ignored: false };

    /// Follows `bytes`: how many of them belong to the body.
    ///
    /// # Errors
    /// [`Malformed`] at the first byte that is not where it belongs.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < bytes.len() && *self != Self::Over {
            if let Self::Data(left) = *self {
                let here = left.min((bytes.len() - at) as u64);
                at += here as usize;
                *self = if here == left { Self::DataCr } else { Self::Data(left - here) };
            } else {
                *self = self.next(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn next(self, byte: u8) -> Result<Self, Malformed> {
        Ok(match (self, byte) {
            (Self::Size { size, bytes: 1.., .. }, b'\r') => Self::SizeEnd(size),
            (Self::Size { bytes: LINE.., .. }, _) => return Err(Malformed),
            (Self::Size { size, bytes, ignored: true }, _) if !byte.is_ascii_control() || byte == b'\t' => {
                Self::Size { size, bytes: bytes + 1, ignored: true }
            }
            (Self::Size { size, bytes: bytes @ 1.., ignored: false }, b';') => {
                Self::Size { size, bytes: bytes + 1, ignored: true }
            }
            (Self::Size { size, bytes, ignored: false }, _) => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                let size = size.checked_mul(16).ok_or(Malformed)? + u64::from(digit);
                Self::Size { size, bytes: bytes + 1, ignored: false }
            }
            (Self::SizeEnd(0), b'\n') => Self::Trailer { bytes: 0, line: 0 },
            (Self::SizeEnd(size), b'\n') => Self::Data(size),
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::START,
            (Self::Trailer { bytes: LINE.., .. }, _) => return Err(Malformed),
            (Self::Trailer { bytes, line }, b'\r') => Self::TrailerEnd { bytes, line },
            (Self::Trailer { bytes, line }, _) if !byte.is_ascii_control() || byte == b'\t' => {
                Self::Trailer { bytes: bytes + 1, line: line + 1 }
            }
            (Self::TrailerEnd { line: 0, .. }, b'\n') => Self::Over,
            (Self::TrailerEnd { bytes, .. }, b'\n') => Self::Trailer { bytes, line: 0 },
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn length(body: &str) -> Result<Option<usize>, Malformed> {
        let mut chunks = Chunks::START;
        let length = chunks.follow(body.as_bytes())?;
        Ok((chunks == Chunks::Over).then_some(length))
    }

    #[test]
    fn the_end_is_found_and_what_follows_is_left() {
        for (body, expected) in [
            ("0\r\n\r\nGET", Ok(Some(5))),
            ("5\r\nhello\r\n0\r\n\r\n", Ok(Some(15))),
            ("A\r\n0123456789\r\n000\r\n\r\n", Ok(Some(22))),
            ("5;name=value\r\nhello\r\n0\r\nx-a: b\r\n\r\n", Ok(Some(34))),
            ("5\r\nhel", Ok(None)),
            ("", Ok(None)),
            ("5\nhello\n0\n\n", Err(Malformed)),
            ("5\r\nhelloX\r\n", Err(Malformed)),
            ("+5\r\nhello\r\n", Err(Malformed)),
            ("-1\r\n", Err(Malformed)),
            ("0x5\r\n", Err(Malformed)),
            (" 5\r\n", Err(Malformed)),
            ("5 \r\n", Err(Malformed)),
            (";a\r\n", Err(Malformed)),
            ("\r\n", Err(Malformed)),
            ("fffffffffffffffff\r\n", Err(Malformed)),
            ("0\r\nx: \u{0}\r\n\r\n", Err(Malformed)),
            ("5;a\nb\r\nhello\r\n", Err(Malformed)),
        ] {
            assert_eq!(length(body), expected, "{body:?}");
        }
        assert_eq!(length(&format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(LINE))), Err(Malformed));
        assert_eq!(length(&format!("0\r\n{}", "a: b\r\n".repeat(LINE))), Err(Malformed));
    }

    proptest! {
        #[test]
        fn pieces_are_followed_like_the_whole(
            chunks in proptest::collection::vec("[a-z\r\n]{1,9}", 0..5),
            cut in 0_usize..60,
        ) {
            let mut body: String = chunks.iter().map(|c| format!("{:x}\r\n{c}\r\n", c.len())).collect();
            body.push_str("0\r\n\r\n");
            prop_assert_eq!(length(&body), Ok(Some(body.len())));
            let (mut pieces, cut) = (Chunks::START, cut.min(body.len()));
            let first = pieces.follow(&body.as_bytes()[..cut]).unwrap();
            prop_assert_eq!(first, cut);
            pieces.follow(&body.as_bytes()[cut..]).unwrap();
            prop_assert_eq!(pieces, Chunks::Over);
        }
    }
}
