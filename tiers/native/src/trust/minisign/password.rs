//! Secret keys with a password, as minisign writes them: what is secret is hidden by the output of scrypt.

use std::path::Path;

use scrypt::Params;
use zeroize::Zeroizing;

use super::secret_key::{Bytes, LENGTH, NUMBER_AT, PASSWORD_AT, SecretKey, read, save, written};
use super::text::{part, unreadable};
use crate::file::Refusal;

/// How a file says that its key has a password.
const SCRYPT: [u8; 2] = *b"Sc";
const SALT_AT: usize = 6;
const SALT: usize = 32;
const OPERATIONS_AT: usize = 38;
const MEMORY_AT: usize = 46;

/// What it costs to try a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    operations: u64,
    /// In bytes.
    memory: u64,
}

/// As minisign has it: some seconds, and a gigabyte of memory.
const SENSITIVE: Cost = Cost { operations: 1 << 25, memory: 1 << 30 };

/// Bytes of memory that a file may ask for: with more it would keep the machine busy before a password is even wrong.
const MOST_MEMORY: u64 = 2 << 30;

impl SecretKey {
    /// Reads a file of `minisign -G` with the password of the key. It takes some seconds and a gigabyte of memory, so that guessing does too.
    ///
    /// # Errors
    /// KW0732 when it is no such file, and when the password is wrong.
    pub fn parse_with_password(text: &str, password: &str) -> Result<Self, Refusal> {
        let mut bytes = read(text)?;
        if part(&bytes[..], PASSWORD_AT) != SCRYPT {
            return Self::parse(text);
        }
        let number = |at| u64::from_le_bytes(part(&bytes[..], at));
        let cost = Cost { operations: number(OPERATIONS_AT), memory: number(MEMORY_AT) };
        hide(&mut bytes, password, cost)?;
        bytes[PASSWORD_AT..SALT_AT - 2].fill(0);
        // The checksum is hidden too, and with a wrong password it is any.
        Self::from_bytes(&bytes)
            .map_err(|_| unreadable("the password of a secret key is wrong", "give the password that the key was made with"))
    }

    /// The file that `minisign -G` would write for a password. It takes as long as to read it.
    ///
    /// # Errors
    /// KW0732 when the password is empty, and when the system gives no random numbers or too little memory.
    pub fn to_text_with_password(&self, password: &str) -> Result<Zeroizing<String>, Refusal> {
        if password.is_empty() {
            return Err(unreadable("the password of a secret key is empty", "give one, or keep the key without a password"));
        }
        let mut bytes = self.to_bytes();
        bytes[PASSWORD_AT..PASSWORD_AT + 2].copy_from_slice(&SCRYPT);
        getrandom::fill(&mut bytes[SALT_AT..SALT_AT + SALT]).map_err(|_| {
            unreadable("no key can be hidden: the system gives no random numbers", "see that the program may read `/dev/urandom`")
        })?;
        bytes[OPERATIONS_AT..MEMORY_AT].copy_from_slice(&SENSITIVE.operations.to_le_bytes());
        bytes[MEMORY_AT..NUMBER_AT].copy_from_slice(&SENSITIVE.memory.to_le_bytes());
        hide(&mut bytes, password, SENSITIVE)?;
        Ok(written(&bytes, "minisign encrypted secret key"))
    }

    /// Writes the key, hidden by a password, to a new file that only its owner can read.
    ///
    /// # Errors
    /// As [`to_text_with_password`](Self::to_text_with_password), and KW0720 when the file is there already or cannot be written.
    pub fn save_with_password(&self, path: &Path, password: &str) -> Result<(), Refusal> {
        save(path, &self.to_text_with_password(password)?)
    }
}

/// Hides what is secret, or shows what was hidden: the same step does both.
fn hide(bytes: &mut Bytes, password: &str, cost: Cost) -> Result<(), Refusal> {
    let malformed =
        || unreadable("a secret key asks for more work or memory than any key needs", "take the key from a copy of it");
    let params = cost.params().ok_or_else(malformed)?;
    let salt: [u8; SALT] = part(&bytes[..], SALT_AT);
    let mut stream = Zeroizing::new([0; LENGTH - NUMBER_AT]);
    scrypt::scrypt(password.as_bytes(), &salt, &params, stream.as_mut_slice()).map_err(|_| malformed())?;
    for (byte, hiding) in bytes[NUMBER_AT..].iter_mut().zip(stream.iter()) {
        *byte ^= hiding;
    }
    Ok(())
}

impl Cost {
    /// The parameters that libsodium takes for these limits.
    fn params(self) -> Option<Params> {
        const BLOCK: u64 = 8;
        if self.memory > MOST_MEMORY {
            return None;
        }
        let operations = self.operations.max(1 << 15);
        let bits = |most: u64| (1..62_u8).find(|bits| 1_u64 << bits > most / 2);
        let (bits, parallel) = if operations < self.memory / 32 {
            (bits(operations / (BLOCK * 4))?, 1)
        } else {
            let bits = bits(self.memory / (BLOCK * 128))?;
            (bits, (operations / 4 / (1 << bits)).min(0x3fff_ffff) / BLOCK)
        };
        // Rounds beside one another take no more memory, and all the more time.
        let parallel = u32::try_from(parallel).ok().filter(|parallel| (1..=16).contains(parallel))?;
        Params::new(bits, 8, parallel).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_of_libsodium() {
        let params =
            |operations, memory| Cost { operations, memory }.params().map(|params| (params.log_n(), params.r(), params.p()));
        // `crypto_pwhash_scryptsalsa208sha256_*_SENSITIVE` and `…_INTERACTIVE`.
        assert_eq!(params(33_554_432, 1_073_741_824), Some((20, 8, 1)));
        assert_eq!(params(524_288, 16_777_216), Some((14, 8, 1)));
        // More memory than work, and more work than memory.
        assert_eq!(params(524_288, 1_073_741_824), Some((14, 8, 1)));
        assert_eq!(params(4_194_304, 16_777_216), Some((14, 8, 8)));
        for (operations, memory) in [(u64::MAX, 1 << 24), (1 << 25, 1 << 40), (u64::MAX, u64::MAX), (1 << 40, 0)] {
            assert_eq!(params(operations, memory), None, "{operations} {memory}");
        }
    }

    #[test]
    fn what_is_hidden_shows_again_with_the_same_password_only() {
        let cost = Cost { operations: 0, memory: 0 };
        let cheap = Cost { operations: 1 << 15, memory: 1 << 20 };
        assert_eq!(cost.params(), None);
        let key = SecretKey::generate().expect("there are random numbers");
        let plain = key.to_bytes();
        let mut bytes = plain.clone();
        hide(&mut bytes, "right", cheap).expect("it can be hidden");
        assert!(bytes[..NUMBER_AT] == plain[..NUMBER_AT] && bytes[NUMBER_AT..] != plain[NUMBER_AT..]);
        let mut wrong = bytes.clone();
        hide(&mut wrong, "wrong", cheap).expect("it can be tried");
        assert!(SecretKey::from_bytes(&wrong).is_err());
        hide(&mut bytes, "right", cheap).expect("it can be shown");
        assert_eq!(bytes, plain);
    }
}
