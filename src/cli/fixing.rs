//! `check --fix` and `check --diff`: applies safe fixes, and with `--unsafe-fixes` also those that are a guess.

use std::path::PathBuf;
use std::sync::Arc;

use super::baseline::Known;
use super::failure::Failure;
use super::options::CheckOptions;
use super::settings::EffectiveSettings;
use super::{Exit, Streams, diff, sift};
use crate::base::{self, Applicability, Fix, SourceFile, counted};
use crate::emit::fix;
use crate::emit::folder::Difference;
use crate::pipeline::{self, Examined};
use crate::render::Look;
use crate::text;

/// The most passes over one file. Each fixes at least one finding; a file that needs more has other problems.
const MOST_PASSES: usize = 100;

/// The result of fixing one file.
pub(super) struct Mended {
    /// The bytes that were read.
    pub(super) old: Vec<u8>,
    /// The bytes with all fixes applied.
    pub(super) new: Vec<u8>,
    /// The text that was read, for a diff.
    before: Arc<SourceFile>,
    /// The number of fixed findings.
    pub(super) count: usize,
}

/// Fixes the findings that are not ignored, pass after pass, until nothing is left to fix. Also returns the findings that are
/// left.
pub(super) fn mend(
    name: &str,
    bytes: Vec<u8>,
    options: &CheckOptions,
    wanted: &EffectiveSettings,
    known: Option<&Known<'_>>,
) -> (Examined, Mended) {
    let least = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let examine = |bytes: &[u8]| pipeline::examine(name, bytes.to_vec(), &wanted.settings, false);
    let mut examined = examine(&bytes);
    let before = Arc::clone(&examined.file);
    let mut mended = Mended { new: bytes.clone(), old: bytes, before, count: 0 };
    let mut refused: Vec<Fix> = Vec::new();
    for _ in 0..MOST_PASSES {
        let findings = sift::shown(options, wanted, &examined, known);
        let fixes = fix::choose(&findings, least, &refused);
        // The result of a pass is examined before it counts.
        let made = |fixes: &[&Fix]| {
            let text = base::apply(examined.file.text(), &fix::edits(fixes.iter().copied())).ok()?;
            let bytes = text::encode(&text, &mended.old);
            let next = examine(&bytes);
            (next.is_sound || !examined.is_sound).then_some((bytes, next))
        };
        if fixes.is_empty() {
            break;
        }
        match fix::pass(&fixes, made) {
            Ok((bytes, next)) => {
                mended.count += fixes.len();
                (mended.new, examined) = (bytes, next);
            }
            Err(fixes) => refused.extend(fixes),
        }
    }
    (examined, mended)
}

/// Shows what `--fix` would change as diffs, and how many findings that are on standard error.
pub(super) fn show<'c>(
    files: impl Iterator<Item = (&'c Examined, Option<&'c Mended>)>,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let (mut changed, mut count) = (0, 0);
    for (examined, mended) in files {
        let Some(mended) = mended.filter(|mended| mended.count > 0) else { continue };
        changed += 1;
        count += mended.count;
        let difference = Difference {
            path: PathBuf::from(examined.file.name()),
            old: Some(mended.before.text().to_owned()),
            new: Some(examined.file.text()),
        };
        streams.stdout.write_all(diff::unified(&difference, look.color).as_bytes())?;
    }
    writeln!(streams.stderr, "would fix {} in {}", counted(count, "finding"), counted(changed, "file"))?;
    Ok(if changed > 0 { Exit::Findings } else { Exit::Clean })
}
