//! What models on Ollama count: each has a vocabulary and a template of its own.

use crate::policy::tokens::{Around, Families, Family, GEMMA, Images, Rule, Rules, Weights};

/// Models by their vocabulary.
pub(super) static TOKENS: Families = Families {
    by_name: &[
        ("qwen", &of(&QWEN)),
        ("qwq", &of(&QWEN)),
        ("deepseek-r1", &of(&QWEN)),
        ("gemma", &of(&GEMMA)),
    ],
    other: &of(&LLAMA),
};

const fn of(weights: &'static Weights) -> Family {
    Family {
        weights,
        images: Images {
            rule: Rule::Fixed(600),
            low: 0,
            most: 16_384,
        },
        rules: &RULES,
    }
}

static RULES: Rules = Rules {
    kind: "ollama",
    usual: Around {
        request: 4,
        message: 6,
        tools: 85,
        tool: 14,
        call: 20,
        thinking: 0,
        format: 0,
        answer: 1,
    },
    most: Around {
        tools: 1024,
        tool: 128,
        ..Around::MOST
    },
    per_byte: (64, 64),
    schema: 24,
    answer_schema: 0,
    state: 16,
    page: 1000,
    second: 0,
    hidden: &[],
    reasons_apart: true,
};

/// Llama 3.
static LLAMA: Weights = Weights {
    word: 62,
    joined: 0,
    joined_letter: 5,
    after_mark: 0,
    letter_past_4: 2,
    capital: 0,
    title: 10,
    digits: 32,
    digit_group: 51,
    digit: 0,
    spaces: 27,
    lines: 47,
    marks: 46,
    mark: 6,
    mark_again: 10,
    accented: 0,
    accented_word: 180,
    cyrillic: 30,
    semitic: 26,
    indic: 42,
    han: 53,
    kana: 40,
    hangul_word: 64,
    hangul: 24,
    symbol: 56,
    astral: 165,
};

/// Qwen 3.
static QWEN: Weights = Weights {
    word: 63,
    joined: 0,
    joined_letter: 6,
    after_mark: 0,
    letter_past_4: 2,
    capital: 0,
    title: 7,
    digits: 0,
    digit_group: 113,
    digit: 18,
    spaces: 30,
    lines: 50,
    marks: 42,
    mark: 7,
    mark_again: 7,
    accented: 0,
    accented_word: 193,
    cyrillic: 36,
    semitic: 31,
    indic: 74,
    han: 43,
    kana: 41,
    hangul_word: 54,
    hangul: 32,
    symbol: 56,
    astral: 68,
};
