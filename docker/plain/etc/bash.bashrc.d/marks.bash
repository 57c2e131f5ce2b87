# Shell integration: tells the terminal where a prompt begins, which line was typed and how it ended, by OSC 633 marks that
# no terminal shows. PS1 and the rest of PROMPT_COMMAND stay the user's own.
#
#   before each prompt                      D;<exit code>  A     builtins alone
#   after Enter, before the command runs    E;<line>  C          one fork, no exec
#
# In <line> a backslash is \\, and a semicolon, newline, carriage return, ESC and BEL are \x3b, \x0a, \x0d, \x1b and \x07.

if [[ $- != *i* || ${TERM-dumb} == dumb ]]; then return 0; fi

__mark_prompt() {
    printf '\e]633;D;%s\e\\\e]633;A\e\\' "$1"
    __mark=()
}
# Not the first place: `PROMPT_COMMAND=…` overwrites that one.
PROMPT_COMMAND[1]='__mark_prompt "$?"'

# PS0 is expanded in this very shell but cannot run anything in it; a function in $( ) would have to fork again to read the
# history. So the escaping is a row of assignments, each inside a pattern [x…] that takes the x away and leaves nothing.
__mark=() __mark_x=x __mark_slash='\' __mark_code='\x'
__mark_step() { PS0+='${__mark_x/[x"${__mark['$1']:='$2'}"]}'; }
PS0=
__mark_step 0 '$(HISTTIMEFORMAT= history 1)'
__mark_step 1 '${__mark[0]#*[0-9][ *] }'
__mark_step 2 '${__mark[1]//"$__mark_slash"/"$__mark_slash$__mark_slash"}'
__mark_step 3 '${__mark[2]//;/"${__mark_code}3b"}'
__mark_step 4 '${__mark[3]//'$'\n''/"${__mark_code}0a"}'
__mark_step 5 '${__mark[4]//'$'\r''/"${__mark_code}0d"}'
__mark_step 6 '${__mark[5]//'$'\e''/"${__mark_code}1b"}'
PS0+='\e]633;E;${__mark[6]//'$'\a''/"${__mark_code}07"}\e\\\e]633;C\e\\'
unset -f __mark_step
