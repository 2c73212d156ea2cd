//! Visitors in a real browser: one Chromium, with a profile per person.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::stage::{Gateway, node};
use super::visitors::Page;
use crate::support::stage::end;

pub(crate) struct Browser {
    server: Option<Child>,
    says: ChildStdin,
    hears: BufReader<ChildStdout>,
}

/// Debian's chromium-headless-shell, or another one.
pub(super) fn chromium() -> String {
    std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium-headless-shell".to_owned())
}

impl Browser {
    fn new() -> Self {
        let mut program = node("browser.mjs");
        let mut server =
            program.env("CHROMIUM", chromium()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (says, hears) = (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()));
        Self { server: Some(server), says, hears }
    }

    fn does(&mut self, person: &str, steps: &Value) -> Vec<Value> {
        writeln!(self.says, "{}", json!({ "person": person, "steps": steps })).unwrap();
        let mut line = String::new();
        self.hears.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        let Value::Array(pages) = &answer["pages"] else { panic!("{person}: {answer}") };
        pages.clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

impl Gateway {
    fn in_browser(&self, person: &str, steps: &Value) -> Vec<Value> {
        self.browser.lock().unwrap().get_or_insert_with(Browser::new).does(person, steps)
    }

    /// What a person sees at addresses, one after the other, who logs in where that is asked (with the certified identity provider).
    pub(crate) fn browse(&self, person: &str, urls: &[&str]) -> Vec<Page> {
        let steps: Vec<Value> = urls.iter().map(|url| json!({ "url": url })).collect();
        let page = |seen: Value| {
            let headers = seen["headers"].as_object().unwrap().iter();
            Page {
                status: u16::try_from(seen["status"].as_u64().unwrap()).unwrap(),
                url: seen["url"].as_str().unwrap().to_owned(),
                body: seen["body"].as_str().unwrap().to_owned(),
                headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
            }
        };
        self.in_browser(person, &Value::Array(steps)).into_iter().map(page).collect()
    }

    /// The value of a script in a page that a person sees.
    pub(crate) fn in_page(&self, person: &str, url: &str, script: &str) -> Value {
        self.in_browser(person, &json!([{ "url": url, "script": script }])).remove(0)["value"].take()
    }
}
