//! Texts under names, in memory, up to so many bytes: what was not used for longest goes first.

use std::rc::Rc;

/// Texts in memory. What it may hold is said with each that is added.
///
/// ```
/// use aircher_llm::policy::cache::{Room, Shelf};
///
/// let (mut shelf, room) = (Shelf::default(), Room { ttl_ms: 1_000, max_bytes: 20 });
/// shelf.put("a", "nine byte".into(), 0, room);
/// shelf.put("b", "nine more".into(), 0, room);
/// shelf.get("a");
/// shelf.put("c", "one more".into(), 0, room);
/// // `b` was not used for longest.
/// assert!(shelf.get("a").is_some() && shelf.get("b").is_none());
/// ```
#[derive(Debug, Default)]
pub struct Shelf {
    /// What was used last stands last.
    entries: Vec<Entry>,
    bytes: u64,
}

#[derive(Debug)]
struct Entry {
    name: String,
    text: Rc<str>,
    until_ms: u64,
}

impl Entry {
    fn bytes(&self) -> u64 {
        (self.name.len() + self.text.len()) as u64
    }
}

impl Shelf {
    /// What lies under a name; it counts as used.
    pub fn get(&mut self, name: &str) -> Option<Rc<str>> {
        let entry = self.take(name)?;
        let text = Rc::clone(&entry.text);
        self.add(entry);
        Some(text)
    }

    /// Puts a text there in the place of an older one. What is too old by now goes, and then
    /// what was not used for longest, until all of it has room.
    pub fn put(&mut self, name: &str, text: Rc<str>, now_ms: u64, room: Room) {
        self.take(name);
        self.entries.retain(|entry| entry.until_ms > now_ms);
        self.bytes = self.entries.iter().map(Entry::bytes).sum();
        let entry = Entry {
            name: name.to_string(),
            text,
            until_ms: now_ms.saturating_add(room.ttl_ms),
        };
        if entry.bytes() > room.max_bytes {
            return;
        }
        let too_much = (self.bytes + entry.bytes()).saturating_sub(room.max_bytes);
        self.free(too_much);
        self.add(entry);
    }

    fn free(&mut self, bytes: u64) {
        let (mut freed, mut count) = (0, 0);
        for entry in &self.entries {
            if freed >= bytes {
                break;
            }
            freed += entry.bytes();
            count += 1;
        }
        self.entries.drain(..count);
        self.bytes -= freed;
    }

    fn take(&mut self, name: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.name == name)?;
        let entry = self.entries.remove(at);
        self.bytes -= entry.bytes();
        Some(entry)
    }

    fn add(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.push(entry);
    }
}

/// How much may be kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of all texts and their names.
    pub max_bytes: u64,
    /// Milliseconds.
    pub ttl_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        max_bytes: 30,
        ttl_ms: 100,
    };

    fn names(shelf: &Shelf) -> String {
        let names: Vec<_> = shelf.entries.iter().map(|entry| &*entry.name).collect();
        let bytes: u64 = shelf.entries.iter().map(Entry::bytes).sum();
        assert_eq!(shelf.bytes, bytes);
        names.join(" ")
    }

    fn shelf(puts: &[(&str, u64)]) -> Shelf {
        let mut shelf = Shelf::default();
        for (name, now_ms) in puts {
            shelf.put(name, "nine byte".into(), *now_ms, ROOM);
        }
        shelf
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let mut full = shelf(&[("a", 0), ("b", 0), ("c", 0)]);
        assert_eq!(names(&full), "a b c");
        assert_eq!(full.get("a").as_deref(), Some("nine byte"));
        full.put("d", "nine byte".into(), 0, ROOM);
        assert_eq!(names(&full), "c a d");
        assert_eq!(full.get("b"), None);
    }

    #[test]
    fn what_is_too_old_goes_first_and_what_is_too_large_never_comes() {
        let mut old = shelf(&[("a", 0), ("b", 50)]);
        old.put("c", "x".into(), 100, ROOM);
        assert_eq!(names(&old), "b c");
        old.put("d", "x".repeat(30).into(), 100, ROOM);
        assert_eq!(names(&old), "b c");
    }

    #[test]
    fn a_name_has_one_text() {
        let mut one = shelf(&[("a", 0), ("b", 0)]);
        one.put("a", "new".into(), 0, ROOM);
        assert_eq!(names(&one), "b a");
        assert_eq!(one.get("a").as_deref(), Some("new"));
        one.put("a", "x".repeat(40).into(), 0, ROOM);
        assert_eq!(names(&one), "b", "what was there is not true any more");
    }
}
