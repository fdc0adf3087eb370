/** What the shop sells and who buys there: the raw material of the world. */
export const MATERIALS = ['oak', 'linen', 'brass', 'walnut', 'ceramic', 'wool', 'glass', 'slate'];

/** Things by the two levels of the catalogue. */
export const CATALOGUE: readonly (readonly [parent: string, child: string, thing: string])[] = [
  ['furniture', 'tables', 'table'],
  ['furniture', 'tables', 'desk'],
  ['furniture', 'seats', 'stool'],
  ['textiles', 'cushions', 'cushion'],
  ['textiles', 'blankets', 'throw'],
  ['lighting', 'lamps', 'lamp'],
  ['lighting', 'candles', 'lantern'],
];

export const FIRST_NAMES = ['Ada', 'Grace', 'Linus', 'Margaret', 'Edsger', 'Barbara', 'Ken', 'Zoë'];
export const LAST_NAMES = ['Okafor', 'Lindqvist', 'Moreau', 'Tanaka', 'Núñez', 'Kowalski'];
export const CITIES: readonly (readonly [city: string, postcode: string, country: string])[] = [
  ['New York', '10013', 'US'],
  ['Lyon', '69002', 'FR'],
  ['Göteborg', '411 03', 'SE'],
  ['Kyoto', '600-8216', 'JP'],
];
export const STREETS = ['Canal Street', 'Rue Mercière', 'Kungsgatan', 'Karasuma-dori'];
export const OPINIONS = [
  'Does what it should.',
  'Smaller than I thought, but “nice”.',
  'Arrived late; the box was torn.\nThe thing itself is fine.',
  'Would buy again — and did.',
];
