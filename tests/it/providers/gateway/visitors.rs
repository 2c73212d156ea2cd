//! Visitors without a browser: curl with a cookie jar each, and ssh.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::stage::{Gateway, told};
use crate::providers::ssh::keygen;

/// What somebody got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Where it was, or where it leads.
    pub(crate) url: String,
    pub(crate) body: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Page {
    /// What a node says that it was sent; none if this is not a node's page.
    pub(crate) fn sent(&self) -> Option<Value> {
        let value: Value = serde_json::from_str(&self.body).ok()?;
        value.get("node").is_some().then_some(value)
    }

    /// The values of a header; its name is in small letters.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether it is the page of a node.
    pub(crate) fn is_of(&self, node: &str) -> bool {
        self.status == 200 && self.sent().is_some_and(|sent| sent["node"] == node)
    }

    /// Whether it says that the person is not named.
    pub(crate) fn is_refusal(&self) -> bool {
        self.status == 403 && ["has not named you", "names you"].iter().any(|words| self.body.contains(words))
    }
}

impl Gateway {
    /// A request of a person, or of nobody, with more arguments for curl. Redirects are not followed.
    pub(crate) fn get(&self, person: Option<&str>, url: &str, arguments: &[&str]) -> Page {
        let [jar, head, body] =
            ["jar", "head", "body"].map(|kind| self.folder().join(format!("{kind}.{}", person.unwrap_or("nobody"))));
        for file in [&head, &body] {
            fs::write(file, "").unwrap();
        }
        // Over HTTP/2, Debian 12's curl fails at about one in twenty refused POSTs.
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--http1.1",
            // Beside two hundred web sockets and a gigabyte, on two slow processors.
            "--max-time",
            "60",
            "--resolve",
            "*:443:127.0.0.1",
            // Of all authorities of this server, the one that it needs: a curl reads them all in longer than a request takes.
            "--cacert",
            self.folder().join("ca.pem").to_str().unwrap(),
            "-w",
            "%{http_code} %{redirect_url}",
        ]);
        curl.arg("-D").arg(&head).arg("-o").arg(&body).args(arguments).arg("--url").arg(url);
        if person.is_some() {
            curl.arg("-b").arg(&jar).arg("-c").arg(&jar);
        }
        let output = curl.output().unwrap();
        assert!(output.status.success(), "{url}: {}", told(&output));
        let said = String::from_utf8(output.stdout).unwrap();
        let (status, redirect) = said.split_once(' ').unwrap();
        let head = String::from_utf8_lossy(&fs::read(&head).unwrap()).into_owned();
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        Page {
            status: status.parse().unwrap(),
            url: if redirect.is_empty() { url.to_owned() } else { redirect.to_owned() },
            body: String::from_utf8_lossy(&fs::read(&body).unwrap()).into_owned(),
            headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        }
    }

    /// What a person gets who logs in where that is asked (with the mock identity provider).
    pub(crate) fn login(&self, person: &str, url: &str) -> Page {
        let mut page = self.get(Some(person), url, &[]);
        for _ in 0..10 {
            if !(300..400).contains(&page.status) {
                break;
            }
            let next = page.url.clone();
            let subject = format!("sub={person}");
            let says_who = next.starts_with("https://login.id.test:9443/oauth2/authorize");
            let form: &[&str] = if says_who { &["--data-urlencode", &subject] } else { &[] };
            page = self.get(Some(person), &next, form);
        }
        page
    }

    /// What the signing page says to a text in place of a public key.
    pub(crate) fn sign(&self, person: &str, text: &str) -> Page {
        let url = "https://ssh.lab.test/";
        let page = self.login(person, url);
        if page.status != 200 {
            return page;
        }
        // What a browser sends for a form of text/plain.
        self.get(Some(person), url, &["-H", "Content-Type: text/plain", "--data-binary", &format!("key={text}\r\n")])
    }

    /// A new key of a person, with a certificate beside it.
    pub(crate) fn key(&self, person: &str) -> PathBuf {
        self.asks_for_certificate(person).unwrap_or_else(|page| panic!("{person}: {page:?}"))
    }

    /// The same, or what the signing page says to somebody who gets none.
    pub(crate) fn asks_for_certificate(&self, person: &str) -> Result<PathBuf, Page> {
        let key = self.stage.home().join(format!("key.{person}"));
        let _ = fs::remove_file(&key);
        keygen(&key);
        let page = self.sign(person, fs::read_to_string(key.with_extension(format!("{person}.pub"))).unwrap().trim());
        if page.status != 200 || !page.body.contains("-cert-v01@openssh.com ") {
            return Err(page);
        }
        fs::write(key.with_extension(format!("{person}-cert.pub")), page.body).unwrap();
        Ok(key)
    }

    /// A cookie of a person: what curl sends as one.
    pub(crate) fn session(&self, person: &str) -> String {
        let jar = fs::read_to_string(self.folder().join(format!("jar.{person}"))).unwrap();
        let cookies = jar.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let mut cookies = cookies.filter(|cookie| cookie.len() == 7 && cookie[5] == "mod_auth_openidc_session");
        let cookie = cookies.next().unwrap();
        format!("{}={}", cookie[5], cookie[6])
    }

    /// ssh as an account of the gateway.
    pub(crate) fn ssh(&self, key: &Path, account: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("timeout");
        command.args(["10", "ssh"]).args(self.ssh_arguments(key)).args(arguments);
        command.arg(format!("{account}@lab.test")).stdin(Stdio::null()).output().unwrap()
    }

    /// What every ssh of a visitor with a key has.
    pub(super) fn ssh_arguments(&self, key: &Path) -> Vec<String> {
        let known = format!("UserKnownHostsFile={}", self.stage.home().join("tunnel.host").display());
        let key = key.to_str().unwrap();
        let all = ["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", &known, "-i", key];
        all.map(str::to_owned).to_vec()
    }

    /// What a visitor with a key gets from a port of the gateway: what the node there says first, or why not.
    pub(crate) fn reach(&self, key: &Path, port: u16) -> Result<String, String> {
        let output = self.ssh(key, "clab-stage-visitors", &["-W", &format!("127.0.0.1:{port}")]);
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said.is_empty() { Err(told(&output)) } else { Ok(said) }
    }
}
