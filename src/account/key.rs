//! The private key of an account, until the host has taken it.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::text::{replaced, split_once};

/// A key that signs. The host imports it once into a form it does not give out again;
/// from then on nothing of it is left here.
///
/// ```
/// use aircher_llm::account::SigningKey;
///
/// let key = SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----").unwrap();
/// assert_eq!(key.pkcs8(), Some(vec![1, 2, 3]));
/// key.import(std::rc::Rc::new("a handle of the host's"));
/// assert_eq!(key.pkcs8(), None);
/// ```
pub struct SigningKey(RefCell<State>);

enum State {
    /// PKCS #8, as it was read.
    Read(Vec<u8>),
    /// What the host made of it.
    Imported(Rc<dyn Any>),
}

impl SigningKey {
    /// Reads PKCS #8 in PEM. Line breaks may be missing, or written as `\n` by who put the
    /// file into a variable.
    #[must_use]
    pub fn from_pem(pem: &str) -> Option<Self> {
        let pem = replaced(pem, "\\n", "");
        let (_, rest) = split_once(&pem, "-----BEGIN PRIVATE KEY-----")?;
        let (body, _) = split_once(rest, "-----END PRIVATE KEY-----")?;
        let key = decoded(body).filter(|key| !key.is_empty())?;
        Some(Self(RefCell::new(State::Read(key))))
    }

    /// The key in PKCS #8, unless it was imported.
    #[must_use]
    pub fn pkcs8(&self) -> Option<Vec<u8>> {
        match &*self.0.borrow() {
            State::Read(key) => Some(key.clone()),
            State::Imported(_) => None,
        }
    }

    /// What the host has made of it.
    #[must_use]
    pub fn imported<K: 'static>(&self) -> Option<Rc<K>> {
        match &*self.0.borrow() {
            State::Read(_) => None,
            State::Imported(key) => Rc::clone(key).downcast().ok(),
        }
    }

    /// Keeps what the host has made of it in its place.
    pub fn import(&self, key: Rc<dyn Any>) {
        *self.0.borrow_mut() = State::Imported(key);
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Base64 with white space in it.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pem: &str, expected: Option<&[u8]>) {
        let key = SigningKey::from_pem(pem).and_then(|key| key.pkcs8());
        assert_eq!(key.as_deref(), expected);
    }

    #[test]
    fn pem_as_it_arrives() {
        let pem =
            |body: &str| format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----");
        check(&pem("\nAQID\n/+8=\n"), Some(&[1, 2, 3, 255, 239]));
        check(&pem("\\nAQID\\n/+8=\\n"), Some(&[1, 2, 3, 255, 239]));
        check(&pem(" AQID\r\n"), Some(&[1, 2, 3]));
        check(&pem(""), None);
        check(&pem("\nA*ID\n"), None);
        check("-----BEGIN RSA PRIVATE KEY-----\nAQID\n", None);
        check("-----BEGIN PRIVATE KEY-----\nAQID\n", None);
        check("AQID", None);
    }

    #[test]
    fn nothing_is_left_of_an_imported_key() {
        let key =
            SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n");
        let key = key.unwrap();
        assert_eq!(key.imported::<u32>(), None);
        key.import(Rc::new(7_u32));
        assert_eq!(key.pkcs8(), None);
        assert_eq!(key.imported::<u32>().as_deref(), Some(&7));
        assert_eq!(key.imported::<String>(), None);
        assert_eq!(format!("{key:?}"), "***");
    }
}
