# Loads bash-completion at the first Tab instead of at every start of a shell.
__load_completion() {
    unset -f __load_completion
    complete -r -D
    . /usr/share/bash-completion/bash_completion
    return 124 # asks bash to start this completion again
}
complete -D -F __load_completion
