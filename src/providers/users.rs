//! The user to log in to a node with, by the node's kind.

/// The user names that containerlab documents for its kinds: docs/manual/kinds/*.md at v0.79.0, "Credentials" or the example for SSH.
/// The other names of a kind are from `kindNames` of its node in nodes/ at the same tag. Kinds whose page names no user, or two
/// different ones, are missing.
const USERS: &[(&str, &[&str])] = &[
    (
        "admin",
        &[
            "6wind_vsr",
            "arista_ceos",
            "arista_veos",
            "aruba_aoscx",
            "ceos",
            "checkpoint_cloudguard",
            "cisco_asav",
            "cisco_c8000v",
            "cisco_cat9kv",
            "cisco_csr1000v",
            "cisco_ftdv",
            "cisco_iol",
            "cisco_n9kv",
            "cisco_sdwan",
            "cisco_vios",
            "cjunosevolved",
            "dell_ftosv",
            "dell_sonic",
            "f5_bigip-ve",
            "fortinet_fortigate",
            "freebsd",
            "huawei_vrp",
            "juniper_cjunosevolved",
            "juniper_vjunosevolved",
            "juniper_vjunosrouter",
            "juniper_vjunosswitch",
            "juniper_vmx",
            "juniper_vqfx",
            "juniper_vsrx",
            "mikrotik_ros",
            "nokia_srlinux",
            "nokia_sros",
            "nokia_srsim",
            "openbsd",
            "paloalto_panos",
            "plvision_sonic",
            "sonic-vm",
            "srl",
            "veesix_osvbng",
            "vr-aoscx",
            "vr-arista_veos",
            "vr-aruba_aoscx",
            "vr-cisco_csr1000v",
            "vr-cisco_n9kv",
            "vr-csr",
            "vr-dell_ftosv",
            "vr-ftosv",
            "vr-juniper_vmx",
            "vr-juniper_vqfx",
            "vr-juniper_vsrx",
            "vr-mikrotik_ros",
            "vr-n9kv",
            "vr-nokia_sros",
            "vr-paloalto_panos",
            "vr-pan",
            "vr-ros",
            "vr-sros",
            "vr-veos",
            "vr-vmx",
            "vr-vqfx",
            "vr-vsrx",
            "vyosnetworks_vyos",
        ],
    ),
    ("cisco", &["c8000", "cisco_c8000"]),
    (
        "clab",
        &[
            "arrcus_arcos",
            "cisco_xrd",
            "cisco_xrd_vrouter",
            "cisco_xrv",
            "cisco_xrv9k",
            "generic_vm",
            "vr-cisco_xrv",
            "vr-cisco_xrv9k",
            "vr-xrv",
            "vr-xrv9k",
            "xrd",
        ],
    ),
    ("cumulus", &["nvidia_cumulusvx"]),
    ("diag", &["ciena_saos", "vr-ciena_saos"]),
    ("root", &["crpd", "fdio_vpp", "juniper_crpd", "juniper_csrx", "openwrt"]),
];

/// The user that `publish.sh visit` prints for a kind that is not in the table.
/// What stands for the user of a node whose kind is not known.
pub(super) const UNKNOWN: &str = "USER";

/// The documented user of a node's kind, or `USER` for the visitor to replace. Kinds compare as written, as in containerlab.
pub(super) fn user_of(kind: Option<&str>) -> &'static str {
    let is_of = |(_, kinds): &&(&'static str, &[&str])| kind.is_some_and(|kind| kinds.contains(&kind));
    USERS.iter().find(is_of).map_or(UNKNOWN, |(user, _)| user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_its_documented_user() {
        for (kind, user) in [
            (Some("nokia_srlinux"), "admin"),
            (Some("vr-sros"), "admin"),
            (Some("cisco_xrd"), "clab"),
            (Some("crpd"), "root"),
            (Some("Nokia_SRLinux"), "USER"),
            (Some("linux"), "USER"),
            (None, "USER"),
        ] {
            assert_eq!(user_of(kind), user, "{kind:?}");
        }
        for (user, kinds) in USERS {
            assert!(kinds.is_sorted() && user.bytes().all(|byte| byte.is_ascii_lowercase()), "{user}");
        }
    }
}
