//! What flags, settings, and the topology say about the tunnel client of a lab that is compiled.

use crate::base::quoted;
use crate::cli::Streams;
use crate::cli::client_settings;
use crate::cli::compile_options::LabOptions;
use crate::cli::failure::Failure;
use crate::plan::LabContext;
use crate::provider::{Capabilities, ProxyUse, Subscription};
use crate::providers::{self, ClientSettings};

/// The HTTP proxy for the tunnel client: `--proxy`, otherwise the one in the topology. An address with a password is rejected
/// before.
pub(in crate::cli) fn proxy(
    options: &LabOptions,
    of_topology: Option<String>,
    provider: &Capabilities,
    subscription: Subscription,
) -> Result<Option<String>, Failure> {
    let given = options.client_settings.proxy()?.as_ref().map(ToString::to_string);
    let Some(proxy) = given.or(of_topology) else { return Ok(None) };
    let refused = |reason: &str| {
        let way_out = "omit `--proxy` if it can reach the service directly, or choose another provider";
        Err(Failure::Refused(providers::Refusal(format!("the {} client {reason}; {way_out}", provider.title()))))
    };
    match (provider.reads.proxy, subscription) {
        (ProxyUse::No, _) => refused("does not support a proxy"),
        (ProxyUse::PaidPlan, Subscription::Free) => refused("supports a proxy only on a paid tier (`--tier paid`)"),
        (ProxyUse::Yes, _) | (ProxyUse::PaidPlan, Subscription::Paid) => Ok(Some(proxy)),
    }
}

/// Names what the settings file decided about the tunnel client, and the image that gets the account's token, if the topology has
/// another one than the provider's own. `of` is the provider if there are several.
pub(in crate::cli) fn tell_settings(
    (options, of): (&LabOptions, Option<&'static str>),
    lab_context: &LabContext,
    client_settings: &ClientSettings,
    provider: &Capabilities,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if let Some(chosen) = client_settings::chosen_by_settings(&options.client_settings, provider, client_settings) {
        let of = of.map_or_else(String::new, |provider| format!(" of {provider}"));
        writeln!(streams.stderr, "note: from the settings file, the tunnel client{of} uses {chosen}")?;
    }
    // The name without its digest and tag.
    let repository = |image: &str| {
        let name = image.split('@').next().unwrap_or_default();
        let tag = name.rfind(':').filter(|colon| !name[*colon..].contains('/'));
        name[..tag.unwrap_or(name.len())].to_owned()
    };
    let is_own = |image: &str| provider.about.images.iter().any(|own| repository(own.reference) == repository(image));
    // An image of the settings takes precedence, and is told with the other settings.
    let of_topology =
        lab_context.image.as_ref().filter(|_| client_settings::images(provider, client_settings).next().is_none());
    if let Some(image) = of_topology.filter(|image| !is_own(&image.value)) {
        writeln!(
            streams.stderr,
            "note: the container that gets your {} token runs {}, which the topology names; the provider's own image is {}",
            provider.title(),
            quoted(&image.shown),
            provider.about.images.iter().map(|own| own.reference).collect::<Vec<_>>().join(", "),
        )?;
    }
    Ok(())
}
