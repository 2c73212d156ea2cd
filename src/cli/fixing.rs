//! `check --fix` and `check --diff`: applies safe fixes, and with `--unsafe-fixes` also those that are a guess.

use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::settings::EffectiveSettings;
use super::triaged::Flags;
use super::{Exit, Streams};
use crate::base::{self, Applicability, Fix, SourceFile, counted};
use crate::emit::fix;
use crate::pipeline::{self, Examined, LabFiles};
use crate::render::{Look, diff};
use crate::text;

/// The most passes over one file. Each fixes at least one finding; a file that needs more has other problems.
const MOST_PASSES: usize = 100;

/// The result of fixing one file.
pub(super) struct Fixed {
    /// The bytes that were read.
    pub(super) old: Vec<u8>,
    /// The bytes with all fixes applied.
    pub(super) new: Vec<u8>,
    /// The text that was read, for a diff.
    before: Arc<SourceFile>,
    /// The number of fixed findings.
    pub(super) count: usize,
}

/// Fixes the findings of a lab's entries file, or of its topology if that has the entries, that `check` shows with these flags, pass after pass, until nothing is left to fix by edits that can be
/// trusted as far as `least`. Also returns the findings that are left.
pub(super) fn fix_all(
    files: &LabFiles,
    least: Applicability,
    wanted: &EffectiveSettings,
    flags: &Flags<'_>,
) -> (Examined, Fixed) {
    let examine = |bytes: &[u8]| pipeline::examine(files.with(bytes.to_vec()), &wanted.settings, false);
    let bytes = files.file().bytes.clone();
    let mut examined = examine(&bytes);
    let before = Arc::clone(examined.file());
    let mut fixed = Fixed { new: bytes.clone(), old: bytes, before, count: 0 };
    let mut refused: Vec<Fix> = Vec::new();
    for _ in 0..MOST_PASSES {
        // Only the fixes are kept: there can be many findings, and the result of a pass has as many again.
        let file = examined.files.first().expect("a lab is read from a file");
        let shown = flags.triage(wanted, file, file.findings.clone(), Vec::new()).shown;
        let fixes: Vec<Fix> = fix::choose(&shown, least, &refused).into_iter().cloned().collect();
        drop(shown);
        let fixes: Vec<&Fix> = fixes.iter().collect();
        // The result of a pass is examined before it counts.
        let made = |fixes: &[&Fix]| {
            let text = base::apply(file.file.text(), &fix::edits(fixes.iter().copied())).ok()?;
            let bytes = text::encode(&text, &fixed.old);
            let next = examine(&bytes);
            (next.is_sound || !examined.is_sound).then_some((bytes, next))
        };
        if fixes.is_empty() {
            break;
        }
        match fix::pass(&fixes, made) {
            Ok((bytes, next)) => {
                fixed.count += fixes.len();
                (fixed.new, examined) = (bytes, next);
            }
            Err(fixes) => refused.extend(fixes),
        }
    }
    (examined, fixed)
}

/// Shows what `--fix` would change as diffs, and how many findings that are on standard error.
pub(super) fn show<'c>(
    files: impl Iterator<Item = (&'c Examined, Option<&'c Fixed>)>,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let (mut changed, mut count) = (0, 0);
    for (examined, fixed) in files {
        let Some(fixed) = fixed.filter(|fixed| fixed.count > 0) else { continue };
        changed += 1;
        count += fixed.count;
        let (path, old, new) = (Path::new(examined.file().name()), fixed.before.text(), examined.file().text());
        streams.stdout.write_all(diff::unified(path, Some(old), Some(new), look.color).as_bytes())?;
    }
    writeln!(streams.stderr, "would fix {} in {}", counted(count, "finding"), counted(changed, "file"))?;
    Ok(if changed > 0 { Exit::Findings } else { Exit::Clean })
}
