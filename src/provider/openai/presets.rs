//! Well-known servers that speak Chat Completions (wire reference, OpenAI §10; addresses and variables as in the
//! vendors' own documentation and packages). What they answer differently is tolerated everywhere.

use crate::provider::Preset;

pub(super) static PRESETS: [Preset; 9] = [
    cloud("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    cloud(
        "openrouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
    ),
    cloud(
        "deepseek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
    ),
    Preset {
        call_id_length: Some(9),
        // It tells it unasked, and older versions refuse to be asked.
        stream_usage: false,
        ..cloud("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY")
    },
    cloud("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    cloud(
        "together",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
    ),
    local("lmstudio", "http://localhost:1234/v1"),
    local("llamacpp", "http://localhost:8080/v1"),
    local("vllm", "http://localhost:8000/v1"),
];

const fn cloud(name: &'static str, base_url: &'static str, variable: &'static str) -> Preset {
    Preset {
        name,
        base_url,
        key_variable: Some(variable),
        call_id_length: None,
        stream_usage: true,
    }
}

const fn local(name: &'static str, base_url: &'static str) -> Preset {
    Preset {
        name,
        base_url,
        key_variable: None,
        call_id_length: None,
        stream_usage: true,
    }
}
