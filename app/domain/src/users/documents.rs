//! The documents of an application: which there are, what a file must be, what is still missing.
//!
//! A document is looked at while it arrives and then thrown away. What stays is which kind came, in which format, how
//! large and when.
use crate::{text::words, time::Timestamp};
use serde::{Deserialize, Serialize};

/// The largest document, bytes.
pub const MOST_BYTES: i64 = 10 * 1024 * 1024;

/// The first bytes that tell what a file is: [`DocumentFormat::of`] needs no more.
pub const HEAD: usize = 12;

words! {
    /// The kinds of documents.
    DocumentType {
        /// A passport.
        Passport = "passport",
        /// A driver's license.
        DriversLicense = "driversLicense",
        /// A national identity card.
        NationalId = "nationalId",
        /// Something that shows the address: a bill, a bank statement.
        ProofOfAddress = "proofOfAddress",
    }
}

words! {
    /// What a document may be.
    DocumentFormat {
        /// A JPEG picture.
        Jpeg = "image/jpeg",
        /// A PNG picture.
        Png = "image/png",
        /// A WebP picture.
        Webp = "image/webp",
        /// A PDF.
        Pdf = "application/pdf",
    }
}

impl DocumentFormat {
    /// What a file is by its first bytes, whatever it calls itself.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else if head.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }
}

words! {
    /// What an application needs, each by any document that proves it.
    Proof {
        /// Who it is: a passport, a driver's license or a national identity card.
        Identity = "identity",
        /// Where they live.
        Address = "address",
    }
}

impl DocumentType {
    /// What it proves.
    pub const fn proves(self) -> Proof {
        match self {
            Self::Passport | Self::DriversLicense | Self::NationalId => Proof::Identity,
            Self::ProofOfAddress => Proof::Address,
        }
    }
}

/// What an application still needs when these have come.
pub fn missing(received: impl IntoIterator<Item = DocumentType>) -> Vec<Proof> {
    let proved: Vec<Proof> = received.into_iter().map(DocumentType::proves).collect();
    Proof::ALL.iter().copied().filter(|proof| !proved.contains(proof)).collect()
}

/// A document that came, without the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Document {
    /// Which kind.
    pub document_type: DocumentType,
    /// What it was.
    pub format: DocumentFormat,
    /// How large it was.
    pub bytes: i64,
    /// When the latest of its kind came.
    pub received_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (head, format) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Some(DocumentFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\r", Some(DocumentFormat::Png)),
            (b"RIFF\0\0\0\0WEBP", Some(DocumentFormat::Webp)),
            (b"%PDF-1.7\n", Some(DocumentFormat::Pdf)),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"RIFF", None),
            (b"GIF89a", None),
            (b"<svg xmlns=", None),
            (b"PK\x03\x04", None),
            (b"MZ", None),
            (b" %PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(DocumentFormat::of(head), format, "{head:?}");
            assert!(head.len() <= HEAD);
        }
    }

    #[test]
    fn one_document_for_each_proof_is_enough() {
        use DocumentType as D;
        assert_eq!(missing([]), [Proof::Identity, Proof::Address]);
        assert_eq!(missing([D::ProofOfAddress]), [Proof::Identity]);
        for identity in [D::Passport, D::DriversLicense, D::NationalId] {
            assert_eq!(missing([identity]), [Proof::Address]);
            assert_eq!(missing([identity, D::ProofOfAddress]), []);
        }
    }
}
