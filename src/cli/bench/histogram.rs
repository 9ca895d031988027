//! Latencies of any number of events in little memory.

/// Buckets for each power of two: a bucket is less than 1 % wide.
const PRECISION: u32 = 7;

/// Counts values in buckets that grow with the values: up to 255 every value has its own, above
/// that a bucket is less than 1 % of its values wide. The largest value is kept as it is.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    sum: u128,
    max: u64,
}

impl Histogram {
    /// Without any value.
    pub(super) fn new() -> Self {
        Histogram {
            buckets: vec![0; bucket(u64::MAX) + 1],
            count: 0,
            sum: 0,
            max: 0,
        }
    }

    /// One more value.
    pub(super) fn add(&mut self, value: u64) {
        self.buckets[bucket(value)] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.max = self.max.max(value);
    }

    /// How many values there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The largest value; 0 without any.
    pub(super) fn max(&self) -> u64 {
        self.max
    }

    /// The mean; 0 without any value.
    pub(super) fn mean(&self) -> u64 {
        (self.sum / u128::from(self.count.max(1))) as u64
    }

    /// A value that so many of a thousand values do not exceed, by less than 1 % too large; 0
    /// without any value.
    pub(super) fn per_mille(&self, share: u64) -> u64 {
        let wanted = u128::from(self.count) * u128::from(share.min(1000));
        let wanted = wanted.div_ceil(1000).max(1);
        let mut seen = 0;
        for (index, &count) in self.buckets.iter().enumerate() {
            seen += u128::from(count);
            if seen >= wanted {
                return last_of(index).min(self.max);
            }
        }
        self.max
    }
}

/// The bucket of a value. Values below two to the precision plus one are their own buckets.
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(PRECISION + 1);
    ((shift as usize) << PRECISION) + (value >> shift) as usize
}

/// The largest value of a bucket.
fn last_of(bucket: usize) -> u64 {
    let shift = (bucket >> PRECISION).saturating_sub(1);
    let top = (bucket - (shift << PRECISION)) as u64;
    (top << shift) | ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_its_bucket() {
        let powers = (0..64).map(|power| 1u64 << power);
        let values = powers.flat_map(|power| [power - 1, power, power + 1, power + power / 3]);
        for value in values.chain([u64::MAX, 1_000_000, 12_345]) {
            let last = last_of(bucket(value));
            assert!(last >= value, "{value}: {last}");
            assert!(last - value <= value / 100, "{value}: {last}");
            assert_eq!(bucket(last), bucket(value));
            if last < u64::MAX {
                assert_eq!(bucket(last + 1), bucket(value) + 1);
            }
        }
    }

    #[test]
    fn percentiles() {
        let mut values = Histogram::new();
        assert_eq!(
            (values.per_mille(500), values.max(), values.mean()),
            (0, 0, 0)
        );
        (1..=1000).for_each(|value| values.add(value));
        assert_eq!(values.count(), 1000);
        assert_eq!(values.mean(), 500);
        assert_eq!(values.per_mille(100), 100);
        assert_eq!(values.per_mille(500), 501);
        assert_eq!(values.per_mille(1000), 1000);
        assert_eq!(values.per_mille(0), 1);
        assert_eq!(values.max(), 1000);
    }
}
