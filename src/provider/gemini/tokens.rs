//! What Gemini counts (wire reference, Gemini §7).

use crate::policy::tokens::{Around, Families, Family, GEMMA, Images, Rule, Rules};

/// Models by how they count images.
pub(super) static TOKENS: Families = Families {
    by_name: &[("gemini-1", &CROPPED), ("gemini-2", &CROPPED)],
    other: &Family {
        weights: &GEMMA,
        images: Images {
            rule: Rule::Fixed(1090),
            low: 0,
            // With `mediaResolution` ultra high.
            most: 2240,
        },
        rules: &RULES,
    },
};

/// Images are scaled to 3072 pixels, of which the thinnest make 24 crops.
static CROPPED: Family = Family {
    weights: &GEMMA,
    images: Images {
        rule: Rule::Crops(258),
        low: 0,
        most: 24 * 258,
    },
    rules: &RULES,
};

static RULES: Rules = Rules {
    kind: "gemini",
    usual: Around {
        request: 0,
        message: 1,
        tools: 0,
        tool: 2,
        call: 0,
        thinking: 0,
        format: 0,
        answer: 0,
    },
    most: Around::MOST,
    per_byte: (64, 64),
    schema: 48,
    answer_schema: 0,
    state: 13,
    page: 530,
    second: 32,
    hidden: &["tools", "cachedContent", "contents"],
    reasons_apart: false,
};
