# Harbourline's own programs, for whoever logs in.
PATH=$PATH:/usr/lib/harbourline/bin
