//! Real Ed25519 keys, and tokens good and bad.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nqba_contracts::identity::{Claims, Jwk, TOKEN_AUDIENCE, TOKEN_ISSUER};
use nqba_core::{new_id, now_us};
use uuid::Uuid;

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A signing key with its id.
pub struct Key {
    pub kid: String,
    pub signing: SigningKey,
}

impl Key {
    pub fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), signing: SigningKey::from_bytes(&rand::random()) }
    }

    pub fn public(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    pub fn jwk(&self) -> Jwk {
        let word = str::to_owned;
        Jwk {
            kty: word("OKP"),
            crv: word("Ed25519"),
            alg: word("EdDSA"),
            r#use: word("sig"),
            kid: self.kid.clone(),
            x: B64.encode(self.public()),
        }
    }

    fn encoding(&self) -> EncodingKey {
        let seed = self.signing.to_bytes();
        EncodingKey::from_ed_der(&[&PKCS8[..], &seed[..]].concat())
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.kid.clone());
        header
    }

    pub fn sign(&self, claims: &Claims) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub fn sign_with(&self, header: &Header, claims: &Claims) -> String {
        jsonwebtoken::encode(header, claims, &self.encoding()).unwrap()
    }
}

/// The claims of a good token for these `role@scope` words.
pub fn claims(scope: &str) -> Claims {
    let now = now_us().timestamp();
    Claims {
        iss: TOKEN_ISSUER.to_owned(),
        aud: TOKEN_AUDIENCE.to_owned(),
        sub: new_id(),
        sid: new_id(),
        jti: new_id(),
        iat: now,
        nbf: now,
        exp: now + 600,
        scope: scope.to_owned(),
    }
}

/// As [`claims`], of this user and session.
pub fn claims_of(user: Uuid, session: Uuid, scope: &str) -> Claims {
    Claims { sub: user, sid: session, ..claims(scope) }
}

/// A token with any header and the signature that `sign` makes of `header.payload`.
pub fn crafted(header: &serde_json::Value, claims: &Claims, sign: impl Fn(&str) -> Vec<u8>) -> String {
    let head = B64.encode(header.to_string());
    let body = B64.encode(serde_json::to_vec(claims).unwrap());
    let message = format!("{head}.{body}");
    let signature = B64.encode(sign(&message));
    format!("{message}.{signature}")
}
