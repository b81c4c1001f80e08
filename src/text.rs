//! Searching, cutting and joining texts.
//!
//! The standard library looks for a text in a text by an algorithm for long ones,
//! which costs 0.8 KB of wasm, and `contains` of a character brings it along; what
//! is searched here are names and messages.

/// Where a part begins in a text. An empty part is nowhere.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(part.len().max(1));
    windows.position(|window| window == part.as_bytes())
}

/// Whether a text holds a part.
pub(crate) fn has(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before and behind the first occurrence of a part.
pub(crate) fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_at_checked(find(text, part)?)?;
    Some((before, rest.strip_prefix(part)?))
}

/// What stands before and behind the last occurrence of an ASCII character.
pub(crate) fn rsplit_once(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands behind the last occurrence of an ASCII character, or the whole text.
pub(crate) fn after_last(text: &str, mark: u8) -> &str {
    rsplit_once(text, mark).map_or(text, |(_, behind)| behind)
}

/// At most so many characters of a text, from its beginning.
pub(crate) fn first_chars(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most);
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Texts in one.
pub(crate) fn concat(texts: &[&str]) -> String {
    let mut all = String::new();
    for text in texts {
        all.push_str(text);
    }
    all
}

/// A text with something else in the place of every occurrence of a part.
pub(crate) fn replaced(text: &str, part: &str, by: &str) -> String {
    let (mut all, mut rest) = (String::new(), text);
    while let Some((before, behind)) = split_once(rest, part) {
        all.push_str(before);
        all.push_str(by);
        rest = behind;
    }
    all.push_str(rest);
    all
}

/// Texts in one, with a separator between them.
pub(crate) fn joined(texts: &mut dyn Iterator<Item = &str>, separator: &str) -> String {
    let (mut joined, mut between) = (String::new(), "");
    for text in texts {
        joined.push_str(between);
        joined.push_str(text);
        between = separator;
    }
    joined
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    let both = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(both).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_where_the_standard_library_finds_it() {
        for (text, part) in [
            ("gpt-5-chat", "-chat"),
            ("aab", "ab"),
            ("é: ü", "ü"),
            ("a", "ab"),
            ("", "a"),
            ("limit: 0, limit: 0", "limit: 0"),
        ] {
            assert_eq!(find(text, part), text.find(part), "{text}");
            assert_eq!(has(text, part), text.contains(part), "{text}");
            assert_eq!(split_once(text, part), text.split_once(part), "{text}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters_and_joined() {
        assert_eq!(first_chars("aéb", 2), "aé");
        assert_eq!(first_chars("aé", 2), "aé");
        assert_eq!(joined(&mut ["a", "", "b"].into_iter(), ", "), "a, , b");
        assert_eq!(joined(&mut [].into_iter(), ", "), "");
        assert_eq!(rsplit_once("a/é/b", b'/'), Some(("a/é", "b")));
        assert_eq!(rsplit_once("é", b'/'), None);
        assert_eq!(after_last("a/", b'/'), "");
        assert_eq!(after_last("é", b'/'), "é");
        assert_eq!(concat(&["a", "", "é"]), "aé");
        assert_eq!(replaced("%2F/%2f%2F", "%2F", "/"), "//%2f/");
        assert_eq!(replaced("aaa", "aa", "a"), "aaa".replace("aa", "a"));
    }
}
