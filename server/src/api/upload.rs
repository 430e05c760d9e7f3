//! A file in a multipart form: looked at while it arrives, and thrown away with each piece.
use super::error::Failure;
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use domain::users::documents::{HEAD, MOST_BYTES};
use multer::{Constraints, Error, Multipart, SizeLimit};

/// The name of the field that holds the file.
pub(super) const FILE: &str = "file";
/// The longest value of every other field, bytes.
const MOST_TEXT: u64 = 256;

/// What came: the fields that are text, and what there is to know of the file.
#[derive(Debug, Default)]
pub struct Upload {
    texts: Vec<(String, String)>,
    file: Option<Seen>,
}

/// A file that was read to its end and is gone.
#[derive(Debug)]
pub struct Seen {
    /// Its first bytes, enough to tell what it is.
    pub head: Vec<u8>,
    /// Its length.
    pub bytes: i64,
}

impl Upload {
    /// The text of a field; that it is missing otherwise.
    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        let found = self.texts.iter().find(|(field, _)| field == name);
        found.map(|(_, text)| text.as_str()).ok_or_else(|| Failure::missing(name))
    }

    /// The file; that it is missing otherwise.
    pub fn file(self) -> Result<Seen, Failure> {
        self.file.ok_or_else(|| Failure::missing(FILE))
    }
}

/// Reads the body of a call: [`FILE`] and the fields of `texts`, each at most once and no others.
pub(super) async fn read(headers: &HeaderMap, body: Body, texts: &[&str]) -> Result<Upload, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        let message = "Send the body as multipart/form-data with its boundary.";
        return Err(Failure::request(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message));
    };
    let most = MOST_BYTES as u64;
    // Room for the other fields and the headers of all.
    let sizes = SizeLimit::new().whole_stream(most + 64 * 1024).per_field(MOST_TEXT).for_field(FILE, most);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(sizes));
    let mut upload = Upload::default();
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        let name = field.name().unwrap_or_default().to_owned();
        let again = || Failure::value(name.clone(), "must be sent once");
        if name == FILE {
            let mut seen = Seen { head: Vec::new(), bytes: 0 };
            while let Some(piece) = field.chunk().await.map_err(unread)? {
                seen.head.extend(piece.iter().take(HEAD - seen.head.len()));
                seen.bytes += piece.len() as i64;
            }
            if upload.file.replace(seen).is_some() {
                return Err(again());
            }
        } else if texts.contains(&name.as_str()) {
            let bytes = field.bytes().await.map_err(unread)?;
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::value(name.clone(), "must be UTF-8"))?;
            if upload.texts.iter().any(|(other, _)| *other == name) {
                return Err(again());
            }
            upload.texts.push((name, text));
        } else {
            return Err(Failure::unknown(name));
        }
    }
    Ok(upload)
}

fn unread(error: Error) -> Failure {
    let too_large = |message: &str| Failure::request(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message);
    match &error {
        Error::FieldSizeExceeded { field_name: Some(name), .. } if name != FILE => {
            return Failure::value(name.clone(), "must be at most 256 bytes");
        }
        Error::FieldSizeExceeded { .. } => return too_large("The file is larger than 10 MiB."),
        Error::StreamSizeExceeded { .. } => return too_large("The body is larger than a file of 10 MiB needs."),
        _ => {}
    }
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::TimedOut) {
            let message = "The body did not arrive in time.";
            return Failure::request(StatusCode::REQUEST_TIMEOUT, "request_timeout", message);
        }
        cause = error.source();
    }
    let message = "The body is not a whole multipart form.";
    Failure::request(StatusCode::BAD_REQUEST, "body_parse_error", message)
}
