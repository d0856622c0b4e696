// What each shell is given once: it asks the command itself what may stand where the cursor is.

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The verb that the scripts call; help does not show it. */
export const askedBy = "__complete";

export const completionScripts: Readonly<Record<Shell, string>> = {
  // Without the package bash-completion, and for the bash 3.2 of macOS.
  bash: `_vrsky() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" line
  [ "$cur" = "=" ] && cur=""
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur") ;;
      :dirs) compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur") ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(command vrsky ${askedBy} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _vrsky vrsky
`,
  zsh: `#compdef vrsky
_vrsky() {
  local line name
  local -a found
  for line in "\${(@f)$(command vrsky ${askedBy} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      :files) _files ;;
      :dirs) _files -/ ;;
      *) name="\${line%%$'\\t'*}"
        if [[ "$line" == *$'\\t'* ]]; then found+=("\${name//:/\\\\:}:\${line#*$'\\t'}")
        else found+=("\${name//:/\\\\:}"); fi ;;
    esac
  done
  (( \${#found} )) && _describe 'vrsky' found
}
if [ "\${funcstack[1]}" = "_vrsky" ]; then _vrsky "$@"; else compdef _vrsky vrsky; fi
`,
  fish: `function __vrsky_complete
  set -l words (commandline -opc)
  set -e words[1]
  set -l current (commandline -ct)
  for line in (command vrsky ${askedBy} $words "$current" 2>/dev/null)
    switch "$line"
      case ':files'
        __fish_complete_path "$current"
      case ':dirs'
        __fish_complete_directories "$current"
      case '*'
        echo "$line"
    end
  end
end
complete -c vrsky -f -a '(__vrsky_complete)'
`,
};

export const setUp: Readonly<Record<Shell, string>> = {
  bash: "echo 'source <(vrsky completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(vrsky completion zsh)' >> ~/.zshrc    # behind compinit",
  fish: "vrsky completion fish > ~/.config/fish/completions/vrsky.fish",
};
