//! Takes the text of a publish-plan.toml, and the settings that it may have: [`settings`] lists the general ones of the table and those
//! that providers declare. Gives their values and findings; any other key is an error. The file that `init` writes and the schema for
//! editors are made from the same list.

mod entries;
mod kubernetes;
mod listed;
mod read;
mod relay;
mod schema;
mod table;
mod template;
mod values;

pub(crate) use listed::{Listed, all, of_sockets};
pub(crate) use read::read;
pub(crate) use schema::schema;
pub(crate) use table::{
    ACL, DOMAIN, ENTRIES, EXCLUDE, FOLD, HTTP_LIMIT, IDENTITY, JUMP_HOST, KNOWN_HOSTS, KUBERNETES, NAMESPACE, NAMING,
    NODE, ONE_ACCOUNT, PINS, PROVIDER, RELAY_ADDRESS, RELAY_PORTS, REQUIRE_IGNORE_REASON, ROUTES, RULES, SECRET,
    TCP_LIMIT, TEMPLATE, TIER, TOPOLOGY, WEB_PORTS,
};
pub(crate) use template::template;

use crate::provider::{Capabilities, Setting};

/// The name of the settings file. It is searched in a topology's directory and above, up to the root of the repository.
pub(crate) const FILE_NAME: &str = "publish-plan.toml";

/// The table with the settings of one provider each, by its name.
pub(crate) const OWN: &str = "providers";

/// The settings and the names that a publish-plan.toml may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'k> {
    pub(crate) settings: &'k [&'static Setting],
    pub(crate) providers: &'k [&'k str],
    pub(crate) rules: &'k [&'k str],
}

/// Every setting: the general ones, those of each provider, and those that replace their images. Providers may share a setting.
pub(crate) fn settings(providers: &[&'static Capabilities]) -> Vec<&'static Setting> {
    let own = providers.iter().flat_map(|provider| provider.reads.settings);
    let images = providers.iter().flat_map(|provider| provider.about.images);
    let images = images.filter_map(|image| image.setting.as_ref()).map(|key| &key.setting);
    let mut settings: Vec<&'static Setting> = Vec::new();
    for setting in table::TABLE.iter().chain(own).chain(images) {
        if settings.iter().all(|other| other.key != setting.key) {
            settings.push(setting);
        }
    }
    settings
}
