//! What the proxy reads of an app on its host: error pages and certificates (host-commands §4.5).

use std::fmt;

use dhow_config::{Accessory, Role};
use dhow_shell::CommandLine;
use dhow_versioning::Version;

use crate::{names::Names, server};

/// Where the proxy's container sees the folder of all apps.
const IN_PROXY: &str = "/home/kamal-proxy/.apps-config";

/// The files of an app that the proxy is told of with a deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyFiles {
    /// The folder with `cert.pem` and `key.pem`, as the proxy sees it.
    pub certificate: Option<String>,
    /// The folder with error pages, as the proxy sees it.
    pub error_pages: Option<String>,
}

/// Writes standard input to an error page of a version.
pub fn write_error_page(names: &Names, version: &Version, name: &str) -> CommandLine {
    let folder = format!("{}/{version}", names.error_pages_directory());
    write_readable_file(&folder, name)
}

/// The error pages of a version, as the proxy sees them.
pub fn error_pages_in_proxy(names: &Names, version: &Version) -> String {
    format!(
        "{IN_PROXY}/{}/error_pages/{version}",
        names.service_and_destination()
    )
}

/// Removes the error pages of all other versions; none is fine.
pub fn remove_other_error_pages(names: &Names, version: &Version) -> CommandLine {
    CommandLine::new("find")
        .arg(names.error_pages_directory())
        .args(["-mindepth", "1", "-maxdepth", "1", "!", "-name"])
        .arg(version.to_string())
        .args(["-exec", "rm", "-rf", "{}", "+"])
}

/// Who has a certificate of its own. Displayed as the folder of it.
#[derive(Clone, Copy, Debug)]
pub enum Certified<'a> {
    /// A role, where Kamal puts it.
    Role(&'a Role),
    /// An accessory, for which Kamal puts none anywhere.
    Accessory(&'a Accessory),
}

impl fmt::Display for Certified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(formatter, "{}", role.name),
            Self::Accessory(it) => write!(formatter, "accessories/{}", it.name),
        }
    }
}

/// A part of a certificate of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificatePart {
    /// The certificate and its chain.
    Certificate,
    /// The private key.
    PrivateKey,
}

/// Writes standard input to a part of a certificate.
pub fn write_certificate(names: &Names, of: Certified<'_>, part: CertificatePart) -> CommandLine {
    let name = match part {
        CertificatePart::Certificate => "cert.pem",
        CertificatePart::PrivateKey => "key.pem",
    };
    write_readable_file(&names.certificate_directory(of), name)
}

/// Removes a certificate; none is fine.
pub fn remove_certificate(names: &Names, of: Certified<'_>) -> CommandLine {
    CommandLine::new("rm").args(["-rf", &names.certificate_directory(of)])
}

/// A certificate, as the proxy sees it.
pub fn certificate_in_proxy(names: &Names, of: Certified<'_>) -> String {
    format!("{IN_PROXY}/{}/tls/{of}", names.service_and_destination())
}

/// A file that takes its place at once. The proxy's own user reads it, who is not the one that writes it, so
/// everybody may, as Kamal has it.
fn write_readable_file(folder: &str, name: &str) -> CommandLine {
    let path = format!("{folder}/{name}");
    let temporary = format!("{path}.new");
    CommandLine::raw("umask 022")
        .and(server::make_directory(folder))
        .and(CommandLine::new("cat").arg_raw(">").arg(temporary.as_str()))
        .and(CommandLine::new("mv").args(["-f", temporary.as_str(), path.as_str()]))
}
