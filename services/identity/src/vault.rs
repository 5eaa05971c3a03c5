//! What must not lie open in the database: encrypted with AES-256-GCM, bound to its place; looked up by a keyed hash.

use aes_gcm::{
    Aes256Gcm, Key, KeyInit,
    aead::{Aead, Generate, Nonce, Payload},
};
use hmac::{Hmac, Mac};
use nqba_core::{Error, Result};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

const KEY_FILE: &str = "identity.key";
const NONCE: usize = 12;

/// What a keyed hash is for; hashes for one purpose say nothing about those for another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Finding a user by e-mail address.
    Email,
    /// A session's refresh tokens.
    Refresh,
    /// Comparing request bodies that hold a password.
    Body,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Refresh => "refresh",
            Self::Body => "body",
        }
    }
}

/// Encrypts, decrypts and hashes with the data folder's key.
#[derive(Clone)]
pub(crate) struct Vault {
    cipher: Arc<Aes256Gcm>,
    lookup: Arc<Hmac<Sha256>>,
}

impl Vault {
    /// Opens with the folder's key. A new key is made only where `new` says that nothing was sealed with an older one.
    ///
    /// # Errors
    /// `unavailable` when the file is missing or cannot be used; it says what to do.
    pub(crate) fn open(dir: &Path, new: bool) -> Result<Self> {
        let key = secret_key(dir, new)?;
        let purpose = |name: &str| -> [u8; 32] { Sha256::new().chain_update(key).chain_update(name).finalize().into() };
        let lookup = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&purpose("lookup")).map_err(Error::internal)?;
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(purpose("encrypt")));
        Ok(Self { cipher: Arc::new(cipher), lookup: Arc::new(lookup) })
    }

    /// Encrypts for one place (`table:column:row`); a value moved elsewhere does not open.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = Nonce::<Aes256Gcm>::generate();
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| Error::internal("encryption failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Self::seal`] made for the same place.
    pub(crate) fn open_sealed(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let refuse = || Error::internal(format!("{place} does not open: wrong key file, or the row was changed"));
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(refuse)?;
        let nonce = Nonce::<Aes256Gcm>::try_from(nonce).map_err(|_| refuse())?;
        self.cipher.decrypt(&nonce, Payload { msg: text, aad: place.as_bytes() }).map_err(|_| refuse())
    }

    /// Text that [`Self::seal`] made.
    pub(crate) fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open_sealed(place, sealed)?).map_err(Error::internal)
    }

    /// HMAC-SHA-256 for one purpose.
    pub(crate) fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        let mut mac = (*self.lookup).clone();
        mac.update(purpose.word().as_bytes());
        mac.update(&[0]);
        mac.update(data);
        mac.finalize().into_bytes().into()
    }

    /// By what an e-mail address is found again without lying open.
    pub(crate) fn lookup(&self, email: &str) -> String {
        hex(&self.mac(Purpose::Email, email.as_bytes()))
    }
}

/// SHA-256 of a random secret, hex: enough for 256 random bits.
pub(crate) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Where the key lies.
pub(crate) fn key_file(dir: &Path) -> PathBuf {
    dir.join(KEY_FILE)
}

/// The key does not open what the database holds.
pub(crate) fn wrong_key(dir: &Path, cause: &Error) -> Error {
    let text = format!(
        "The key file {} does not open the data of the identity database: it belongs to another installation or was \
         made anew. Put back the file from the backup that this database belongs to; nothing was changed.",
        key_file(dir).display()
    );
    Error::unavailable(text, cause)
}

fn secret_key(dir: &Path, new: bool) -> Result<[u8; 32]> {
    let path = key_file(dir);
    let failed = |e: io::Error| Error::unavailable(format!("The key file {} cannot be used.", path.display()), e);
    fs::create_dir_all(dir).map_err(failed)?;
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound && new => {
            make_key(dir, &path).map_err(failed)?;
            fs::read(&path).map_err(failed)?
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let text = format!(
                "The key file {} is missing, and the identity database holds data that only it opens. Put it back \
                 from the backup; nothing was changed.",
                path.display()
            );
            return Err(Error::unavailable(text, e));
        }
        Err(e) => return Err(failed(e)),
    };
    if fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "others may read the key file; chmod it to 600");
    }
    bytes.try_into().map_err(|b: Vec<u8>| {
        let text = format!(
            "The key file {} is damaged: it has {} bytes and must have 32. Put it back from the backup.",
            path.display(),
            b.len()
        );
        Error::unavailable(text, "wrong length")
    })
}

/// Makes the key under another name, on disk, and only then gives it its name: there is never half a key, and of two
/// processes that start at once one makes it and both use it.
fn make_key(dir: &Path, path: &Path) -> io::Result<()> {
    let draft = dir.join(format!(".{KEY_FILE}.{}", nqba_core::new_id().simple()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let linked = file
        .write_all(&rand::random::<[u8; 32]>())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => fs::File::open(dir)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_at_the_same_place_only() {
        let dir = folder();
        let vault = Vault::open(dir.path(), true).unwrap();
        let sealed = vault.seal("users:email:1", b"ada@example.com").unwrap();
        assert!(!sealed.windows(3).any(|w| w == b"ada"));
        assert_ne!(sealed, vault.seal("users:email:1", b"ada@example.com").unwrap(), "the nonce is new each time");
        let again = Vault::open(dir.path(), false).unwrap();
        assert_eq!(again.open_text("users:email:1", &sealed).unwrap(), "ada@example.com");
        assert!(again.open_text("users:email:2", &sealed).is_err());
        assert!(again.open_text("users:name:1", &sealed).is_err());
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert!(again.open_sealed("users:email:1", &changed).is_err(), "byte {i}");
        }
        assert!(again.open_sealed("users:email:1", &sealed[..5]).is_err());
        let other = folder();
        assert!(Vault::open(other.path(), true).unwrap().open_sealed("users:email:1", &sealed).is_err());
    }

    #[test]
    fn keyed_hashes_are_stable_and_differ_by_purpose_and_key() {
        let (dir, other) = (folder(), folder());
        let vault = Vault::open(dir.path(), true).unwrap();
        assert_eq!(vault.lookup("a@b.c"), Vault::open(dir.path(), false).unwrap().lookup("a@b.c"));
        assert_ne!(vault.lookup("a@b.c"), Vault::open(other.path(), true).unwrap().lookup("a@b.c"));
        let [email, refresh, body] = [Purpose::Email, Purpose::Refresh, Purpose::Body].map(|p| vault.mac(p, b"x"));
        assert!(email != refresh && refresh != body && email != body);
    }

    #[test]
    fn the_key_is_its_owners_only_and_no_draft_is_left() {
        let dir = folder();
        Vault::open(dir.path(), true).unwrap();
        assert_eq!(fs::metadata(key_file(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(key_file(dir.path())).unwrap().len(), 32);
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [KEY_FILE]);
    }

    #[test]
    fn whoever_starts_at_once_gets_the_same_key() {
        let dir = folder();
        let gate = std::sync::Barrier::new(8);
        let found: Vec<String> = std::thread::scope(|scope| {
            let start = || {
                gate.wait();
                Vault::open(dir.path(), true).unwrap().lookup("a@b.c")
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            all.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(found.iter().all(|f| f == &found[0]), "{found:?}");
    }

    #[test]
    fn a_missing_or_damaged_key_is_said_and_not_replaced() {
        let dir = folder();
        let missing = Vault::open(dir.path(), false).err().unwrap();
        assert!(missing.message().contains("identity.key is missing"), "{missing}");
        assert!(!key_file(dir.path()).exists());
        fs::write(key_file(dir.path()), [7; 31]).unwrap();
        let damaged = Vault::open(dir.path(), true).err().unwrap();
        assert!(damaged.message().contains("has 31 bytes and must have 32"), "{damaged}");
        assert_eq!(fs::read(key_file(dir.path())).unwrap().len(), 31);
    }
}
