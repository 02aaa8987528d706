import type { Child, FC } from 'hono/jsx';
import { CSRF_FIELD } from './own-form.ts';
import type { Text } from './text.ts';

export type FormProps = {
  readonly action: string;
  readonly csrf: string;
  /** Hidden fields. Those that are `undefined` are left out. */
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined;
  readonly class?: string | undefined;
  readonly children: Child;
};

/**
 * A form of our own. The browser does not judge its fields: it knows fewer e-mail addresses than we
 * do (RFC 6531), and says what is wrong in another language.
 */
export const Form: FC<FormProps> = ({ action, csrf, hidden = {}, class: name, children }) => (
  <form method="post" action={action} class={name} novalidate>
    <input type="hidden" name={CSRF_FIELD} value={csrf} />
    {Object.entries(hidden).map(
      ([field, value]) => value !== undefined && <input type="hidden" name={field} value={value} />,
    )}
    {children}
  </form>
);

export type FieldProps = {
  readonly text: Text;
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | undefined;
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  /** What is wrong with what was entered. */
  readonly error?: string | undefined;
  /** The id of a message elsewhere in the form that concerns this field. */
  readonly describedBy?: string | undefined;
  readonly isOptional?: boolean | undefined;
  /** At most one field of a page has the focus when it opens. */
  readonly hasFocus?: boolean | undefined;
  readonly class?: string | undefined;
  readonly maxLength?: number | undefined;
};

/** A labelled input. Screen readers read out its hint and its error along with it. */
export const Field: FC<FieldProps> = (props) => {
  const { name, error, hint, describedBy } = props;
  const ids = {
    error: error === undefined ? undefined : `${name}-error`,
    hint: hint === undefined ? undefined : `${name}-hint`,
  };
  const described = [ids.error, describedBy, ids.hint].filter((id) => id !== undefined).join(' ');
  return (
    <div class="field">
      <Label {...props} />
      <Input {...props} described={described === '' ? undefined : described} />
      {error !== undefined && (
        <p class="field-error" id={ids.error}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={ids.hint}>
          {hint}
        </p>
      )}
    </div>
  );
};

/** The mark of an optional field stands outside of the label, so that it is no part of the field's name. */
const Label: FC<FieldProps> = ({ text, name, label, isOptional }) => (
  <div class="label">
    <label for={name}>{label}</label>
    {isOptional === true && <span class="hint">{text.optional}</span>}
  </div>
);

/** Browsers may send what is spell-checked to a service, and passwords must not go there. */
const Input: FC<FieldProps & { readonly described: string | undefined }> = (props) => (
  <input
    id={props.name}
    name={props.name}
    type={props.type ?? 'text'}
    class={props.class}
    value={props.value}
    autocomplete={props.autocomplete}
    autocapitalize="none"
    spellcheck={false}
    maxlength={props.maxLength}
    required={props.isOptional !== true}
    autofocus={props.hasFocus === true}
    aria-invalid={props.error === undefined && props.describedBy === undefined ? undefined : 'true'}
    aria-describedby={props.described}
  />
);
