# For interactive shells. The prompt and completion come from /etc/bash.bashrc.
case $- in *i*) ;; *) return ;; esac

HISTSIZE=10000
HISTFILESIZE=20000
shopt -s histappend

alias ls='ls --color=auto'
alias grep='grep --color=auto'
alias ll='ls -l'
