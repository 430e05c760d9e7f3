//! The head of a request as it arrives: where it ends, and whether it can be read in one way only (security X-I2, X-I6).
//!
//! What two readers could understand differently is how requests are smuggled past one of them. So nothing is
//! mended here: a head is in order to the letter of RFC 9112, or it is refused and the connection ends.
use super::refusal::Refusal;
use axum::http::Uri;

/// Bytes that an address may have.
pub const ADDRESS: usize = 8 * 1024;
/// Bytes that all header lines together may have, with their line ends.
pub const HEADERS: usize = 16 * 1024;
/// Header lines that a request may have.
pub const LINES: usize = 100;

/// What a request line has besides its address: the longest method that we read, two spaces, the version, the end.
const AROUND_ADDRESS: usize = METHOD + 2 + "HTTP/1.1\r\n".len();
const METHOD: usize = 20;

/// How the body after a head ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes; at once when there are none.
    Length(u64),
    /// With its last chunk.
    Chunked,
}

/// A head that is still arriving: what has been looked at already.
#[derive(Debug, Default, Clone, Copy)]
pub struct Arriving {
    seen: usize,
    line: usize,
    first: Option<usize>,
    lines: usize,
}

impl Arriving {
    /// Looks at what has come since the last look: the head's length once it is whole.
    ///
    /// # Errors
    /// A line that does not end as lines end, a NUL, or more than a head may have.
    pub fn look(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        while let Some(&byte) = bytes.get(self.seen) {
            let after_cr = self.seen > 0 && bytes[self.seen - 1] == b'\r';
            match byte {
                0 => return Err(Refusal::Framing("a NUL character")),
                b'\n' if !after_cr => return Err(Refusal::Framing("a line that ends without a carriage return")),
                b'\n' => {
                    let empty = self.seen - self.line == 1;
                    self.line = self.seen + 1;
                    match self.first {
                        None if empty => return Err(Refusal::Framing("no request line")),
                        None => self.first = Some(self.line),
                        Some(first) if empty => {
                            self.seen += 1;
                            return if self.seen - first > HEADERS {
                                Err(Refusal::Headers)
                            } else {
                                Ok(Some(self.seen))
                            };
                        }
                        Some(_) => self.lines += 1,
                    }
                }
                _ if after_cr => return Err(Refusal::Framing("a carriage return within a line")),
                _ => {}
            }
            self.seen += 1;
            match self.first {
                None if self.seen > ADDRESS + AROUND_ADDRESS => return Err(Refusal::Address),
                Some(first) if self.seen - first > HEADERS || self.lines > LINES => return Err(Refusal::Headers),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Whether a whole head can be taken, and how its body ends.
///
/// # Errors
/// Whatever could be understood in two ways.
pub fn check(head: &[u8]) -> Result<Framing, Refusal> {
    let mut lines = head.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let old = request_line(lines.next().unwrap_or_default())?;
    let (mut hosts, mut length, mut chunked) = (0_u32, None, false);
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = field(line)?;
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(digits(value)?).is_some() {
                return Err(Refusal::Framing("Content-Length twice"));
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if chunked || old || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Refusal::Framing("a Transfer-Encoding other than chunked, once, in HTTP/1.1"));
            }
            chunked = true;
        }
    }
    match (hosts, length, chunked) {
        (0, ..) => Err(Refusal::Framing("no Host")),
        (2.., ..) => Err(Refusal::Framing("Host twice")),
        (_, Some(_), true) => Err(Refusal::Framing("both Content-Length and Transfer-Encoding")),
        (_, None, true) => Ok(Framing::Chunked),
        (_, length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// Method, address and version with one space between them. Whether the version is the old one.
fn request_line(line: &[u8]) -> Result<bool, Refusal> {
    let mut parts = line.split(|&b| b == b' ');
    let (Some(method), Some(address), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Framing("a request line that is not a method, an address and a version"));
    };
    if method.is_empty() || method.len() > METHOD || !method.iter().copied().all(is_token) {
        return Err(Refusal::Framing("a method that is none"));
    }
    if address.len() > ADDRESS {
        return Err(Refusal::Address);
    }
    let absolute = address.starts_with(b"http://") || address.starts_with(b"https://");
    let in_order = address.iter().all(|b| b.is_ascii_graphic() && *b != b'#');
    if !(absolute || address.starts_with(b"/")) || !in_order || Uri::try_from(address).is_err() {
        return Err(Refusal::Framing("an address that is none"));
    }
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        _ => Err(Refusal::Version),
    }
}

/// A header line's name and its value without the blanks around it.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(Refusal::Framing("a header line that goes on in the next one"));
    }
    let colon = line.iter().position(|&b| b == b':').ok_or(Refusal::Framing("a header line without a colon"))?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(Refusal::Framing("a header name that is none"));
    }
    if line[colon + 1..].iter().any(|&b| b.is_ascii_control() && b != b'\t') {
        return Err(Refusal::Framing("a header value with control characters"));
    }
    Ok((name, value))
}

/// A length: digits alone, no sign, no list, not more than fits.
fn digits(value: &[u8]) -> Result<u64, Refusal> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    text.and_then(|text| text.parse().ok()).ok_or(Refusal::Framing("a Content-Length that is not a plain number"))
}

/// RFC 9110 `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(head: &str) -> Result<Option<usize>, Refusal> {
        Arriving::default().look(head.as_bytes())
    }

    proptest! {
        #[test]
        fn a_head_is_found_alike_in_any_pieces(
            text in "(GET / HTTP/1.1|[\\x00-\\x20a]{0,6})(\r\n|\n|\r)?([a-c]: [\\x00-\\x7f]{0,5}(\r\n|\n|\r)){0,4}\r\n",
            cut in 0_usize..60,
        ) {
            let bytes = text.as_bytes();
            let mut arriving = Arriving::default();
            let pieces = arriving.look(&bytes[..cut.min(bytes.len())]);
            let pieces = match pieces { Ok(None) => arriving.look(bytes), done => done };
            prop_assert_eq!(pieces, whole(&text));
        }

        #[test]
        fn whatever_is_taken_is_read_alike_by_the_parser_behind(
            line in "[A-Z ]{1,5} /?[!-~ \\t]{0,9} HTTP/1\\.[01]",
            fields in proptest::collection::vec("(Host|X-[!-~]{1,3}|[ -~]{0,3}|Content-Length):[\\x01-\\x7f]{0,6}", 0..4),
        ) {
            let head = format!("{line}\r\nHost: a\r\n{}\r\n", fields.iter().map(|f| format!("{f}\r\n")).collect::<String>());
            let mut arriving = Arriving::default();
            if let Ok(Some(length)) = arriving.look(head.as_bytes()) && check(&head.as_bytes()[..length]).is_ok() {
                let mut parsed = [httparse::EMPTY_HEADER; LINES];
                let mut request = httparse::Request::new(&mut parsed);
                prop_assert_eq!(request.parse(head.as_bytes()), Ok(httparse::Status::Complete(length)));
            }
        }
    }
}
