export type ReviewWords = { titles: readonly string[]; openings: readonly string[]; closings: readonly string[] };

/** What customers write, by the number of stars they give; "{noun}" is what they bought. */
export const reviewTexts: Readonly<Record<number, ReviewWords>> = {
  5: {
    titles: [
      "Could not be happier",
      "Exactly right",
      "Worth every cent",
      "A small joy",
      "Bought a second one",
      "Perfect",
    ],
    openings: [
      "I have used this {noun} nearly every day since it arrived.",
      "The {noun} looks even better than in the pictures.",
      "We had been searching for a {noun} like this for years.",
      "Beautifully made, and you can feel it at once.",
      "Arrived two days early and very well packed.",
      "My sister has the same {noun}, and now I understand why she would not lend it.",
    ],
    closings: [
      "I would buy it again without thinking.",
      "Everybody who visits asks where it comes from.",
      "Clear recommendation.",
      "It replaced three things that never worked properly.",
      "You get what you pay for, and then some.",
    ],
  },
  4: {
    titles: ["Very good", "Nearly perfect", "Solid choice", "Does what it should", "Good quality"],
    openings: [
      "A really good {noun} with one or two small weaknesses.",
      "Quality is high and the price is fair.",
      "After a month of use I am still pleased with this {noun}.",
      "Good workmanship, a little heavier than I expected.",
      "The colour is slightly darker than on my screen, which I do not mind.",
    ],
    closings: [
      "The instructions could be clearer.",
      "One star less because delivery took a week.",
      "Would choose it again.",
      "For the price there is nothing better.",
      "I only wish it came in more sizes.",
    ],
  },
  3: {
    titles: ["Fine", "It is all right", "Good idea, average finish", "Mixed feelings"],
    openings: [
      "An ordinary {noun}. Not bad, not special.",
      "It works, but the finish is not as careful as the description promises.",
      "I expected a little more for the money.",
      "The first one had a scratch; the replacement is fine.",
    ],
    closings: [
      "It will do for now.",
      "Customer service was friendly, at least.",
      "Perhaps I just needed a different size.",
      "For occasional use it is good enough.",
    ],
  },
  2: {
    titles: ["Disappointing", "Not for me", "Expected more"],
    openings: [
      "The {noun} looks nice but is not very practical.",
      "It smelled strongly for the first two weeks.",
      "Smaller than I thought, even though the size is in the description.",
    ],
    closings: [
      "I am giving it to somebody who has more patience.",
      "Would not order it again.",
      "There are better ones.",
    ],
  },
  1: {
    titles: ["Sent it back", "Broke after a week", "No"],
    openings: ["The {noun} arrived damaged.", "It lasted exactly nine days.", "Something was missing from the box."],
    closings: [
      "The refund came quickly, I will say that.",
      "Save your money.",
      "I do not understand the good reviews.",
    ],
  },
};
