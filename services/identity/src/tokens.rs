//! Access tokens (RFC 9068, EdDSA) and opaque secrets.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nqba_contracts::identity::{Claims, Jwk};
use nqba_core::{Error, Result};
use std::sync::Arc;

/// The key that signs now. Refreshed when it is rotated.
#[derive(Clone, Default)]
pub(crate) struct KeyRing(Arc<arc_swap::ArcSwapOption<Signer>>);

/// A key with its id.
pub(crate) struct Signer {
    kid: String,
    key: EncodingKey,
}

impl KeyRing {
    pub(crate) fn set(&self, signer: Signer) {
        self.0.store(Some(Arc::new(signer)));
    }

    /// The id of the key that signs.
    pub(crate) fn kid(&self) -> Option<String> {
        self.0.load().as_ref().map(|s| s.kid.clone())
    }

    /// The token for these claims.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        let signer = self.0.load_full().ok_or_else(|| Error::internal("there is no signing key"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(signer.kid.clone());
        jsonwebtoken::encode(&header, claims, &signer.key).map_err(Error::internal)
    }
}

impl Signer {
    /// From the 32 secret bytes.
    pub(crate) fn new(kid: &str, secret: &[u8]) -> Result<Self> {
        let secret: [u8; 32] = secret.try_into().map_err(|_| Error::internal("a signing key is not 32 bytes long"))?;
        let der = SigningKey::from_bytes(&secret).to_pkcs8_der().map_err(Error::internal)?;
        Ok(Self { kid: kid.to_owned(), key: EncodingKey::from_ed_der(der.as_bytes()) })
    }
}

/// The public half of a key.
pub(crate) fn jwk(kid: &str, x: &str) -> Jwk {
    let word = str::to_owned;
    Jwk { kty: word("OKP"), crv: word("Ed25519"), alg: word("EdDSA"), r#use: word("sig"), kid: word(kid), x: word(x) }
}

/// A new key: its 32 secret bytes and its public half, base64url.
pub(crate) fn new_key() -> ([u8; 32], String) {
    let secret: [u8; 32] = rand::random();
    let public = SigningKey::from_bytes(&secret).verifying_key();
    (secret, B64.encode(public.as_bytes()))
}

/// 256 random bits, base64url.
pub(crate) fn secret() -> String {
    B64.encode(rand::random::<[u8; 32]>())
}
