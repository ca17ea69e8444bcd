import type { Review as OurReview } from "../../domain/review.ts";

export type Review = {
  id: number;
  rating: number;
  title: string;
  body: string;
  authorName: string;
  createdAt: string;
};

export function presentReview(review: OurReview): Review {
  return {
    id: review.id,
    rating: review.stars,
    title: review.headline,
    body: review.body,
    authorName: review.author,
    createdAt: review.writtenAt.toISOString(),
  };
}
