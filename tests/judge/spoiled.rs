//! Bodies with one thing wrong, made from good ones: the judge has to see each.

use super::cases::Case;
use super::script::{Script, type_of};
use super::speakers::{SPEAKERS, Speaker};
use serde_json::{Map, Value};

const TABLE: &str = include_str!("spoiled.json");

/// Adds every spoiled body of a provider to its script.
pub fn add_to(script: &mut Script, provider: &str, cases: &[Case]) {
    let table: Map<String, Value> = serde_json::from_str(TABLE).unwrap();
    for (model, spoils) in &table {
        let speaker = SPEAKERS.iter().find(|speaker| speaker.model == *model);
        let speaker = speaker.unwrap();
        if speaker.provider() == provider {
            for spoil in spoils.as_array().unwrap() {
                add(script, speaker, spoil, cases);
            }
        }
    }
}

fn add(script: &mut Script, speaker: &Speaker, spoil: &Value, cases: &[Case]) {
    let name = spoil["of"].as_str().unwrap();
    let case = cases.iter().find(|case| case.name == name).unwrap();
    let sent = speaker
        .encode(&case.request(speaker), &case.config)
        .unwrap();
    let mut body = serde_json::from_str(&sent.body).unwrap();
    let done = spoiled(&mut body, spoil);
    let name = format!("{}: {name}: {done}", speaker.dialect);
    script.add(&name, type_of(&sent), &body.to_string());
}

/// Does what the entry says, and tells it.
fn spoiled(body: &mut Value, spoil: &Value) -> String {
    if let Some(path) = spoil["remove"].as_str() {
        taken(body, path);
        return format!("without {path}");
    }
    if let Some([path, name]) = pair(&spoil["rename"]) {
        let (path, name) = (path.as_str().unwrap(), name.as_str().unwrap());
        let value = taken(body, path);
        let (parent, _) = path.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.insert(name.into(), value);
        return format!("{path} called {name}");
    }
    let [path, value] = pair(&spoil["set"]).unwrap();
    let path = path.as_str().unwrap();
    let old = body
        .pointer_mut(path)
        .unwrap_or_else(|| panic!("no {path}"));
    assert_ne!(old, value);
    *old = value.clone();
    format!("{path} is {value}")
}

fn pair(value: &Value) -> Option<&[Value; 2]> {
    value.as_array()?.as_slice().try_into().ok()
}

fn taken(body: &mut Value, path: &str) -> Value {
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).and_then(Value::as_object_mut);
    let value = parent.and_then(|parent| parent.remove(key));
    value.unwrap_or_else(|| panic!("no {path}"))
}
