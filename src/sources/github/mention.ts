/** Names of people on GitHub; those of an enterprise's own users hold a `_`. Bots (`name[bot]`) cannot be told anything. */
export const isLogin = (text: string): boolean => /^[a-z\d][a-z\d_-]{0,38}$/i.test(text);

/** `@user`, or `@org/team`. */
export const isMention = (text: string): boolean => /^@[a-z\d][a-z\d_-]{0,38}(?:\/[a-z\d][\w.-]{0,99})?$/i.test(text);
