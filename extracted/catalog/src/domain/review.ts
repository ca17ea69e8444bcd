export type Review = {
  id: number;
  stars: number;
  headline: string;
  body: string;
  author: string;
  writtenAt: Date;
};
