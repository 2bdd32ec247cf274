-- The password that was chosen for a renewal's file, where the profile has the next file follow it.

ALTER TABLE renewals ADD COLUMN password TEXT;
