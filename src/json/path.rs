//! Where in a document an offset lies.

/// The path of the value at byte `offset` of a JSON document, such as
/// `messages[2].content[0].image_url`; empty for the root.
///
/// ```
/// use aircher_llm::json;
///
/// let text = r#"{"stop":["a",7]}"#;
/// let error = json::from_str::<Vec<(String, Vec<String>)>>(text).unwrap_err();
/// assert_eq!(json::path_at(text, error.at), "stop[1]");
/// assert_eq!(error.to_string(), "expected a string, found a number");
/// ```
#[must_use]
pub fn path_at(text: &str, offset: usize) -> String {
    let mut path: Vec<Step> = Vec::new();
    let mut bytes = text.bytes().enumerate().take(offset);
    let mut key_start = None;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => path.push(Step::Key(String::new())),
            b'[' => path.push(Step::Index(0)),
            b'}' | b']' => drop(path.pop()),
            b',' => match path.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Key(key)) => key.clear(),
                None => {}
            },
            b'"' => {
                key_start = Some(at + 1);
                skip_string(&mut bytes);
            }
            b':' => {
                if let (Some(Step::Key(key)), Some(start)) = (path.last_mut(), key_start.take()) {
                    *key = quoted_from(text, start);
                }
            }
            _ => {}
        }
    }
    render(&path)
}

enum Step {
    Key(String),
    Index(usize),
}

fn skip_string(bytes: &mut impl Iterator<Item = (usize, u8)>) {
    while let Some((_, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}

fn quoted_from(text: &str, start: usize) -> String {
    let tail = text.get(start..).unwrap_or_default();
    tail.split('"').next().unwrap_or_default().to_string()
}

fn render(path: &[Step]) -> String {
    path.iter().fold(String::new(), |mut out, step| {
        match step {
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, marker: &str, expected: &str) {
        assert_eq!(path_at(text, text.find(marker).unwrap()), expected);
    }

    #[test]
    fn a_path_names_the_place_of_an_offset() {
        let text = r#"{"a":1,"messages":[{"role":"x, [y"},{"content":[1,{"k":"HERE"}]}],"z":true}"#;
        check(text, "HERE", "messages[1].content[1].k");
        check(text, "true", "z");
        check(text, "1,\"m", "a");
    }
}
