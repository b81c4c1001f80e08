//! The vocabulary everybody speaks: what is asked, what is answered, and the
//! events in between. JSON names are those of the specification.

mod attempt;
mod check;
mod embed;
mod event;
mod kept;
mod message;
mod raw;
mod report;
mod request;
mod response;
mod tool;

pub use attempt::Attempt;
pub use embed::{EmbedRequest, EmbedResponse, Texts};
pub use event::{Billing, Events, RichEvent, StreamEvent};
pub use message::{
    CacheHint, CacheTtl, Content, ContentPart, FilePart, ImageUrl, InputAudio, Message, PartKind,
    ProviderState, Role,
};
pub(crate) use raw::Raw;
pub use report::Report;
pub use request::{
    CacheSetting, ChatRequest, Effort, FallbackSetting, JsonSchemaFormat, ResponseFormat,
    StopSequences, Thinking, ThinkingDisplay, ThinkingStrength, TruncatedSetting,
};
pub use response::{
    ChatResponse, FinishReason, MessageDelta, Metadata, StreamResponse, TokenUsage, Warning,
};
pub use tool::{Function, FunctionCall, Tool, ToolCall, ToolCallDelta, ToolChoice};

pub(crate) use request::path_of;
