/** Which of a text's forms, parted by `|`, goes with a number: as Unicode CLDR has it. */

/** The order in which a language file lists the forms; those its language lacks are left out. */
const ORDER = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

/** Chooses a form, from 0, for a count and a number of forms. */
export type PluralRule = (count: number, forms: number) => number;

/** The rule of a language, such as one, few, many for Russian. */
export function pluralRule(tag: string): PluralRule {
  const rules = new Intl.PluralRules(tag);
  const { pluralCategories } = rules.resolvedOptions();
  const categories = ORDER.filter((category) => pluralCategories.includes(category));
  return (count, forms) => Math.min(categories.indexOf(rules.select(count)), forms - 1);
}
