import type { CategoryName } from "../../domain/category-tree.ts";
import type { Item, ItemSummary, Picture, Stars } from "../../domain/item.ts";

/*
 * The words of the shop's public API. Its clients learned them from the monolith, so they outlive it; inside, this service
 * uses words of its own. The order of the members is part of the answer.
 */

export type CategoryLink = { id: number; slug: string; name: string };
export type Image = { url: string; alt: string };
export type Rating = { average: number; count: number };

export type ProductSummary = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  category: CategoryLink;
  priceCents: number;
  currency: string;
  image: Image | null;
  rating: Rating;
  stockAvailable: number;
};

export type Product = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  description: string;
  category: CategoryLink & { parent: CategoryLink | null };
  priceCents: number;
  currency: string;
  taxClass: string;
  weightGrams: number;
  images: Image[];
  attributes: { name: string; value: string }[];
  rating: Rating;
  stockAvailable: number;
  createdAt: string;
  updatedAt: string;
};

export function presentSummary(item: ItemSummary): ProductSummary {
  return {
    id: item.id,
    slug: item.slug,
    sku: item.sku,
    name: item.title,
    category: presentCategoryLink(item.category),
    priceCents: item.price.amount,
    currency: item.price.currency,
    image: item.picture === undefined ? null : presentImage(item.picture),
    rating: presentRating(item.stars),
    stockAvailable: item.stockAvailable,
  };
}

export function presentProduct(item: Item): Product {
  return {
    id: item.id,
    slug: item.slug,
    sku: item.sku,
    name: item.title,
    description: item.description,
    category: {
      ...presentCategoryLink(item.category),
      parent: item.department === undefined ? null : presentCategoryLink(item.department),
    },
    priceCents: item.price.amount,
    currency: item.price.currency,
    taxClass: item.taxBand,
    weightGrams: item.weightGrams,
    images: item.pictures.map(presentImage),
    attributes: item.features.map(({ label, value }) => ({ name: label, value })),
    rating: presentRating(item.stars),
    stockAvailable: item.stockAvailable,
    createdAt: item.addedAt.toISOString(),
    updatedAt: item.changedAt.toISOString(),
  };
}

export function presentCategoryLink({ id, slug, title }: CategoryName): CategoryLink {
  return { id, slug, name: title };
}

// --- internal ---

function presentImage({ location, caption }: Picture): Image {
  return { url: location, alt: caption };
}

function presentRating(stars: Stars | undefined): Rating {
  return stars ?? { average: 0, count: 0 };
}
