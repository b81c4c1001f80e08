#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

/// A vocabulary of all bytes, then these.
fn file(pattern: u8, words: &[&str]) -> Vec<u8> {
    let mut file = vec![pattern];
    file.extend(0..=255);
    for word in words.iter().chain(&["", "999 <|end|>"]) {
        file.extend_from_slice(word.as_bytes());
        file.push(0xff);
    }
    file
}

fn pieces(pattern: Pattern, text: &str) -> String {
    let classes = Classes::read();
    let pieces = Pieces::new(text.as_bytes(), &classes, pattern);
    let shown = pieces.map(|piece| std::str::from_utf8(piece).unwrap().replace('\n', "⏎"));
    shown.collect::<Vec<_>>().join("|")
}

#[track_caller]
fn check(text: &str, cl100k: &str, o200k: &str) {
    assert_eq!(pieces(Pattern::Cl100k, text), cl100k, "cl100k of {text:?}");
    assert_eq!(pieces(Pattern::O200k, text), o200k, "o200k of {text:?}");
}

#[test]
fn words_keep_the_character_in_front() {
    check("Hello, world!", "Hello|,| world|!", "Hello|,| world|!");
    check("(a [b\tc", "(a| [|b|\tc", "(a| [|b|\tc");
    check("a  b   c", "a| | b|  | c", "a| | b|  | c");
}

#[test]
fn capitals_part_words_in_one_of_them() {
    check(
        "fooBar HTMLParser ABC",
        "fooBar| HTMLParser| ABC",
        "foo|Bar| HTMLParser| ABC",
    );
    check("aBCd漢字E", "aBCd漢字E", "a|BCd漢字|E");
    check("ABあCD", "ABあCD", "ABあ|CD");
}

#[test]
fn contractions_stand_alone_or_end_a_word() {
    check("I'm we'LL 'sa", "I|'m| we|'LL| '|sa", "I'm| we'LL| '|sa");
    check("x'ſ don't'd", "x|'ſ| don|'t|'d", "x'ſ| don't|'d");
}

#[test]
fn marks_go_with_letters_where_the_pattern_says_so() {
    check(
        "e\u{301}a \u{301}A",
        "e|\u{301}a| \u{301}|A",
        "e\u{301}a| \u{301}|A",
    );
    check("\u{301}AB", "\u{301}AB", "\u{301}|AB");
}

#[test]
fn numbers_have_three_digits_at_most() {
    check("12345 ٣٤٥٦", "123|45| |٣٤٥|٦", "123|45| |٣٤٥|٦");
}

#[test]
fn line_ends_and_slashes_stay_with_marks() {
    check("a) \n\n  b", "a|)| ⏎⏎| | b", "a|)| ⏎⏎| | b");
    check("{};\n/\n/x", "{};⏎|/⏎|/x", "{};⏎/⏎/|x");
    check(" \n \n  ", " ⏎ ⏎|  ", " ⏎ ⏎|  ");
}

#[test]
fn the_lowest_pair_is_merged_first() {
    let words = ["ab", "bc", "abc", "cd", "abcd"];
    let mut tokenizer = Tokenizer::new(file(2, &words)).unwrap();
    assert_eq!(tokenizer.encode("abcd"), [260], "a token as it is");
    assert_eq!(tokenizer.encode("xabcx"), [120, 258, 120]);
    assert_eq!(tokenizer.encode("bcd"), [257, 100]);
    assert_eq!(tokenizer.count("abcd!"), 2);
}

/// Pieces of any length are merged alike, though not in the same way.
#[test]
fn long_pieces_are_merged_like_short_ones() {
    let words = ["ab", "ba", "aa", "aba", "abab", "bb", "aab", "abba"];
    let tokenizer = Tokenizer::new(file(2, &words)).unwrap();
    let mut state = 7_u32;
    for length in 2..96 {
        let mut bit = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { b'a' } else { b'b' }
        };
        let piece: Vec<u8> = (0..length).map(|_| bit()).collect();
        let (mut short, mut long) = (Vec::new(), Vec::new());
        let mut merger = Merger::default();
        merger.short(&piece, &tokenizer.vocabulary, &mut |token| {
            short.push(token)
        });
        merger.long(&piece, &tokenizer.vocabulary, &mut |token| long.push(token));
        assert_eq!(short, long, "{}", String::from_utf8_lossy(&piece));
    }
}

#[test]
fn tokens_become_text_again() {
    let tokenizer = Tokenizer::new(file(1, &["ab"])).unwrap();
    let decode = |tokens: &[u32]| tokenizer.decode(tokens.iter().copied());
    assert_eq!(decode(&[256, 33, 999]).unwrap(), b"ab!<|end|>");
    assert_eq!(decode(&[97, 257]), Err(257));
}

#[test]
fn what_is_no_vocabulary_is_refused() {
    let whole = file(2, &["ab"]);
    for cut in [0, 1, 200, 257, 259] {
        assert!(Tokenizer::new(whole[..cut].to_vec()).is_none(), "{cut}");
    }
    assert!(Tokenizer::new(file(3, &[])).is_none());
}
