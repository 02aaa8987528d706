/** The role that may administer the deployment. */
export const ADMINISTRATOR = 'admin';
