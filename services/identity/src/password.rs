//! Passwords: what may be one, and how it is hashed (Argon2id) without starving everything else.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use nqba_core::{Error, FieldError, Result};
use nqba_runtime::config::Identity;
use std::sync::Arc;
use tokio::sync::Semaphore;

const MIN: usize = 15;
const MAX: usize = 128;
/// How many wait for a hash at most; who comes after is told to come again.
const QUEUE: usize = 64;
/// A longer one was never taken, so it is no password and is not hashed.
const MAX_BYTES: usize = MAX * 4;

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    /// Who waits or works.
    queue: Arc<Semaphore>,
    /// Who works.
    room: Arc<Semaphore>,
    /// Verified against when there is no such user, so that the answer takes as long.
    nobody: Arc<str>,
}

impl Hasher {
    pub(crate) fn new(settings: &Identity) -> Result<Self> {
        let params =
            Params::new(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_parallelism, None)
                .map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(random().as_bytes()).map_err(Error::internal)?.to_string();
        let queue = Arc::new(Semaphore::new(settings.hash_workers + QUEUE));
        Ok(Self { argon2, queue, room: Arc::new(Semaphore::new(settings.hash_workers)), nobody: nobody.into() })
    }

    /// The hash as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.work(move |argon2| {
            argon2.hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(Error::internal)
        })
        .await?
    }

    /// Whether it is the password; `None` stands for a user that there is not.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(&self.nobody).to_owned());
        let same = self
            .work(move |argon2| {
                let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
                Ok::<_, Error>(argon2.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(same && known)
    }

    /// Whether the hash was made with other parameters than today's.
    pub(crate) fn is_old(&self, hash: &str) -> bool {
        let params = self.argon2.params();
        let today = format!("$argon2id$v=19$m={},t={},p={}$", params.m_cost(), params.t_cost(), params.p_cost());
        !hash.starts_with(&today)
    }

    /// Runs the job off the threads that serve requests. Its place is held until it ends, also when nobody waits for
    /// the answer any more.
    async fn work<T: Send + 'static>(&self, job: impl FnOnce(&Argon2<'static>) -> T + Send + 'static) -> Result<T> {
        let queued = Arc::clone(&self.queue).try_acquire_owned().map_err(|e| {
            let text = "Too many passwords are being checked at the moment; try again shortly.";
            Error::unavailable(text, e).retry_after(2)
        })?;
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(Error::internal)?;
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _held = (queued, permit);
            job(&argon2)
        });
        done.await.map_err(Error::internal)
    }
}

#[cfg(test)]
impl Hasher {
    /// Takes every place to work; who comes meanwhile waits.
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(self.room.available_permits()).unwrap();
        Arc::clone(&self.room).acquire_many_owned(all).await.unwrap()
    }

    /// How many wait or work.
    pub(crate) fn queued(&self, workers: usize) -> usize {
        workers + QUEUE - self.queue.available_permits()
    }
}

/// A random password of 24 letters and digits that are not mistaken for each other.
pub(crate) fn random() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let pick = |_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    (0..24).map(pick).collect()
}

/// A random password that is not refused for that address.
pub(crate) fn random_for(email: &str) -> String {
    loop {
        let password = random();
        if refuse(&password, email, "").is_none() {
            return password;
        }
    }
}

/// Why a password may not be one.
pub(crate) fn refuse(password: &str, email: &str, pointer: &str) -> Option<FieldError> {
    let length = password.chars().count();
    let no = |code: &str, text: String| Some(FieldError::new(pointer, code, text));
    if length < MIN {
        return no(
            "too_short",
            format!("The password has {length} characters; {MIN} are the least. A sentence is fine."),
        );
    }
    if length > MAX {
        return no("too_long", format!("The password has {length} characters; {MAX} are the most."));
    }
    let name = email.split('@').next().unwrap_or_default();
    let lower = password.to_lowercase();
    let holds = |word: &str| word.len() >= 4 && lower.contains(&word.to_lowercase());
    if holds(name) || holds(email) {
        return no("contains_name", "The password holds the account's name; choose one that does not.".to_owned());
    }
    let guess = zxcvbn::zxcvbn(password, &[name, "nqba", "flyfox", "goliath", "sigma", "council"]);
    if guess.score() < zxcvbn::Score::Three {
        let why = guess.feedback().and_then(|f| f.warning()).map(|w| w.to_string()).unwrap_or_default();
        return no("too_common", format!("The password is easy to guess. {why}").trim_end().to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_unusual_is_all_that_is_asked() {
        let code = |p: &str| refuse(p, "ada.lovelace@example.com", "/password").map(|f| f.code);
        assert_eq!(code("correct horse battery staple, he said"), None);
        assert_eq!(code(&random()), None);
        assert_eq!(code("short"), Some("too_short".into()));
        assert_eq!(code(&"x9".repeat(80)), Some("too_long".into()));
        assert_eq!(code("aaaaaaaaaaaaaaaaaaaa"), Some("too_common".into()));
        assert_eq!(code("passwordpassword"), Some("too_common".into()));
        assert_eq!(code("Ada.Lovelace wrote the first program"), Some("contains_name".into()));
    }
    #[test]
    fn our_own_random_password_is_never_refused() {
        let all: std::collections::HashSet<_> = (0..50).map(|_| random_for("founder@demo.example")).collect();
        assert_eq!(all.len(), 50);
    }

    fn hasher(memory_kib: u32, workers: usize) -> Hasher {
        let (argon2_memory_kib, argon2_iterations, argon2_parallelism) = (memory_kib, 1, 1);
        let ttl = 600;
        Hasher::new(&Identity {
            access_token_ttl_s: ttl,
            session_idle_ttl_s: ttl,
            session_absolute_ttl_s: ttl,
            argon2_memory_kib,
            argon2_iterations,
            argon2_parallelism,
            hash_workers: workers,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_only() {
        let hasher = hasher(64, 1);
        let hash = hasher.hash("seven green lamps").await.unwrap();
        assert!(hasher.verify("seven green lamps", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("seven green lamps ", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("seven green lamps", None).await.unwrap());
        let longest = "\u{1f511}".repeat(MAX);
        let hash = hasher.hash(&longest).await.unwrap();
        assert!(hasher.verify(&longest, Some(&hash)).await.unwrap(), "the longest that is taken verifies");
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_verifies_and_is_old() {
        let (old, new) = (hasher(64, 1), hasher(128, 1));
        let hash = old.hash("seven green lamps").await.unwrap();
        assert!(new.verify("seven green lamps", Some(&hash)).await.unwrap());
        assert!(new.is_old(&hash) && !old.is_old(&hash));
        assert!(!new.is_old(&new.hash("seven green lamps").await.unwrap()));
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_to_come_again() {
        let hasher = hasher(64, 1);
        let held = Arc::clone(&hasher.room).acquire_owned().await.unwrap();
        let waiting: Vec<_> = (0..=QUEUE)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify("x", None).await })
            })
            .collect();
        while hasher.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = hasher.verify("x", None).await.unwrap_err();
        assert_eq!((refused.code(), refused.retry_after_s()), (nqba_core::Code::Unavailable, Some(2)));
        drop(held);
        for each in waiting {
            assert!(!each.await.unwrap().unwrap());
        }
        assert!(hasher.verify("x", None).await.is_ok());
    }

    #[tokio::test]
    async fn a_place_is_held_until_the_work_ends_also_when_nobody_waits() {
        let hasher = hasher(64, 1);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let twin = hasher.clone();
        let caller = tokio::spawn(async move {
            twin.work(move |_| {
                begun.send(()).unwrap();
                ended.recv().unwrap();
            })
            .await
        });
        has_begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(hasher.room.available_permits(), 0);
        end.send(()).unwrap();
        assert!(!hasher.verify("x", None).await.unwrap());
        assert_eq!(hasher.queue.available_permits(), QUEUE + 1);
    }
}
