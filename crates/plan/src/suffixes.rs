//! Hex digits that make names unique.

/// A source of hex digits. It starts from a number that comes in from outside, so a plan made twice from the
/// same number is the same plan.
#[derive(Clone, Debug)]
pub struct Suffixes(u64);

impl Suffixes {
    /// Digits that follow from `seed`.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next `count` hex digits; at most 16.
    pub fn hex(&mut self, count: usize) -> String {
        // SplitMix64: tiny, and every seed gives a sequence of its own.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let mut digits = format!("{mixed:016x}");
        digits.truncate(count);
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_differ_and_follow_from_the_seed() {
        let (mut one, mut same, mut other) = (
            Suffixes::from_seed(1),
            Suffixes::from_seed(1),
            Suffixes::from_seed(2),
        );
        let first = one.hex(12);
        assert_eq!(first.len(), 12);
        assert_eq!(first, same.hex(12));
        assert_ne!(first, other.hex(12));
        assert_ne!(first, one.hex(12));
    }
}
