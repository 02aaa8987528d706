import type { Child, FC } from 'hono/jsx';

export type NoticeProps = {
  readonly tone: 'danger' | 'good' | 'warning' | 'plain';
  readonly id?: string | undefined;
  readonly children: Child;
};

/** Something to be noticed. What went wrong is read out at once. */
export const Notice: FC<NoticeProps> = ({ tone, id, children }) => (
  <div class={`notice ${tone}`} id={id} role={ROLES[tone]}>
    {children}
  </div>
);

const ROLES = { danger: 'alert', good: 'status', warning: undefined, plain: undefined } as const;
