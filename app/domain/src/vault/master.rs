//! The master key of the key file: it seals the root from which every other key is derived, and nothing else.
use super::{Key32, decrypt, encrypt};
use crate::{chance::Chance, secret::Sealed};
use hkdf::Hkdf;
use sha2::Sha256;
use std::{fs, io, io::Write, path::Path};
use zeroize::Zeroizing;

/// The 32 bytes of a key file.
pub(crate) struct MasterKey(Key32);

impl MasterKey {
    /// Reads a key file: 64 hex digits.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = Zeroizing::new(fs::read(path)?);
        let mut master = Key32::default();
        hex::decode_to_slice(text.trim_ascii(), master.as_mut())
            .map_err(|_| io::Error::other(format!("{} is not a LedgerOS key file (64 hex digits)", path.display())))?;
        Ok(Self(master))
    }

    /// Makes a key file, mode 0600, where there is none.
    pub fn make(path: &Path, chance: &dyn Chance) -> io::Result<Self> {
        let master = Zeroizing::new(chance.bytes::<32>());
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{}", *Zeroizing::new(hex::encode(*master)))?;
        file.sync_all()?;
        Ok(Self(master))
    }

    /// The same key as a root: installations were made so before the two were kept apart.
    pub fn as_root(&self) -> Key32 {
        self.0.clone()
    }

    /// Says which key this is, and nothing of it.
    pub fn tag(&self) -> String {
        hex::encode(&self.derive("name of the master key")[..16])
    }

    /// Seals a root.
    pub fn seal(&self, root: &Key32, chance: &dyn Chance) -> Sealed {
        Sealed(encrypt(&self.derive("sealing of the root"), root.as_slice(), self.tag().as_bytes(), chance))
    }

    /// Opens a root that this key sealed; none where it did not.
    pub fn open(&self, sealed: &Sealed) -> Option<Key32> {
        let root = decrypt(&self.derive("sealing of the root"), &sealed.0, self.tag().as_bytes())?;
        Some(Key32::new(root.as_slice().try_into().ok()?))
    }

    fn derive(&self, purpose: &str) -> Key32 {
        let mut key = Key32::default();
        let hkdf = Hkdf::<Sha256>::new(Some(b"ledgeros master key"), self.0.as_ref());
        hkdf.expand(purpose.as_bytes(), key.as_mut()).expect("32 bytes are a valid HKDF length");
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SystemChance;

    #[test]
    fn the_key_file_is_private_made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.key");
        assert!(MasterKey::read(&path).is_err(), "reading makes none");
        let made = MasterKey::make(&path, &SystemChance).unwrap();
        assert_eq!(MasterKey::read(&path).unwrap().tag(), made.tag());
        assert!(MasterKey::make(&path, &SystemChance).is_err(), "a key that is there is not overwritten");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        for bad in ["", "abc", &"g".repeat(64), &"0".repeat(63), &"0".repeat(66)] {
            fs::write(&path, bad).unwrap();
            assert!(MasterKey::read(&path).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_root_opens_with_its_own_key_only() {
        let (one, other) = (MasterKey(Key32::new([1; 32])), MasterKey(Key32::new([2; 32])));
        let root = Key32::new([3; 32]);
        let sealed = one.seal(&root, &SystemChance);
        assert_eq!(one.open(&sealed), Some(root));
        assert!(other.open(&sealed).is_none() && one.tag() != other.tag());
        for at in [0, 30, sealed.0.len() - 1] {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert!(one.open(&changed).is_none(), "{at}");
        }
        assert!(one.open(&Sealed(vec![0; 10])).is_none());
    }
}
