import type { Reading, Sizes, Text } from '../text.ts';
export interface Healed { readonly reading: Reading; readonly open: boolean }
export type Heal = (text: Text, anchor: { readonly from: number; readonly to: number; readonly before: number; readonly after: number }) => Healed | undefined;
export const createHeal = (_: Sizes): Heal => () => undefined;
