import type { FC } from 'hono/jsx';

import type { Text } from '../text/text.ts';

/** Sends `answer`: `allow` or `deny`. */
export const AnswerButtons: FC<{ readonly text: Text }> = ({ text: { consent } }) => (
  <div class="buttons">
    <button type="submit" name="answer" value="deny" class="quiet">
      {consent.deny}
    </button>
    <button type="submit" name="answer" value="allow">
      {consent.allow}
    </button>
  </div>
);
